// min ‖A x - b‖² + ‖diag(shift) x‖² for many shifts: A = Q R once, then R with the shift's rows below it.
//
// It squares no condition number, as AᵀA would. A is the Jacobian of a curve fit or of a small network; its columns lie
// one after the other, in float64.
//
// Source: Moré 1978, "The Levenberg-Marquardt algorithm: implementation and theory", section 3 (rotations of the
// shift's rows into R); Golub & Van Loan, 4th ed., algorithm 5.2.1 (Householder).
import { kernels } from "../runtime/instance.ts";
import { DISPOSE, type Resource, Scope } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";

const BYTES = Float64Array.BYTES_PER_ELEMENT;

/** A QR factorization and its workspace, for one shape. */
export class DampedLeastSquares implements Resource {
  /** Rows of A (m). */
  readonly rows: number;
  /** Columns of A (n). */
  readonly columns: number;
  readonly #scope = new Scope();
  /** Aᵀ (n, m), then in row j from element j on the reflection v that makes column j of R, before it that column. */
  readonly #a: Tensor;
  /** 2 / vᵀv of every reflection (n), zero where there is none. */
  readonly #factors: Float64Array;
  /** R (n, n), zero below row m. */
  readonly #r: Tensor;
  readonly #b: Tensor;
  /** Qᵀb (n). */
  readonly #qtb: Float64Array;
  readonly #rotated: Tensor;
  readonly #row: Tensor;

  /** Plans for A (rows, columns). */
  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.#factors = new Float64Array(columns);
    this.#qtb = new Float64Array(columns);
    const own = (...shape: number[]): Tensor => this.#scope.own(new Tensor("float64", shape));
    try {
      this.#a = own(columns, rows);
      this.#b = own(rows);
      this.#r = own(columns, columns);
      this.#rotated = own(columns, columns);
      this.#row = own(columns);
    } catch (error) {
      this.#scope.dispose();
      throw error;
    }
  }

  /** Factors A, given column by column, and takes b. Cost: 2 m n² flops. */
  factor(a: Float64Array, b: Float64Array): void {
    const { rows: m, columns: n } = this, { gemv, ger, nrm2 } = kernels("float64");
    const { pointer } = this.#a, products = this.#row.pointer;
    const [held, r] = [this.#a.data, this.#r.data];
    held.set(a);
    r.fill(0);
    this.#factors.fill(0);
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < Math.min(j, m); i++) r[i * n + j] = held[j * m + i];
      if (j >= m) continue;
      const at = j * m + j, length = m - j, rest = n - j - 1, v = pointer + at * BYTES;
      const norm = nrm2(length, v), first = held[at];
      if (norm === 0) continue;
      const pivot = first > 0 ? -norm : norm;
      r[j * n + j] = pivot;
      held[at] = first - pivot;
      const factor = this.#factors[j] = 1 / (norm * (norm + Math.abs(first)));
      gemv(0, rest, length, factor, v + m * BYTES, m, v, 0, products);
      ger(rest, length, -1, products, v, v + m * BYTES, m);
    }
    this.#qtb.set(this.reflect(b));
  }

  /** The first n elements of Qᵀb for another b (m). */
  reflect(b: Float64Array): Float64Array {
    const { rows: m, columns: n } = this, { dot, axpy } = kernels("float64");
    const { data, pointer: right } = this.#b, { pointer } = this.#a;
    data.set(b);
    for (let j = 0; j < Math.min(m, n); j++) {
      const v = pointer + (j * m + j) * BYTES, rest = right + j * BYTES;
      const product = this.#factors[j] * dot(m - j, v, rest);
      axpy(m - j, -product, v, rest);
    }
    const reflected = new Float64Array(n);
    reflected.set(data.subarray(0, Math.min(m, n)));
    return reflected;
  }

  /**
   * x (n) for a shift (n); where R and the shift leave an unknown free, it is zero. `right` is Qᵀb of another b than that of
   * `factor()`. Cost: about n³ flops.
   */
  solve(shift: ArrayLike<number>, x: Float64Array, right = this.#qtb): void {
    const n = this.columns, { rot } = kernels("float64");
    const [r, w] = [this.#rotated.data, this.#row.data];
    const [rows, row] = [this.#rotated.pointer, this.#row.pointer];
    r.set(this.#r.data);
    x.set(right);
    for (let j = 0; j < n; j++) {
      if (shift[j] === 0) continue;
      w.fill(0, j);
      w[j] = shift[j];
      let rest = 0;
      for (let k = j; k < n; k++) {
        if (w[k] === 0) continue;
        const at = k * n + k, pivot = r[at], length = Math.sqrt(pivot * pivot + w[k] * w[k]);
        const c = pivot / length, s = w[k] / length;
        rot(n - k, rows + at * BYTES, row + k * BYTES, c, s);
        [x[k], rest] = [c * x[k] + s * rest, c * rest - s * x[k]];
      }
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = x[i];
      for (let k = i + 1; k < n; k++) sum -= r[i * n + k] * x[k];
      x[i] = r[i * n + i] === 0 ? 0 : sum / r[i * n + i];
    }
  }

  /** ‖A x‖². */
  imageSquares(x: Float64Array): number {
    const n = this.columns, r = this.#r.data;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += r[i * n + k] * x[k];
      squares += sum * sum;
    }
    return squares;
  }

  /** (AᵀA)⁻¹ (n, n), or undefined where A has no full rank to within `tolerance` of its largest pivot. */
  inverseGram(tolerance: number): Float64Array | undefined {
    const n = this.columns, r = this.#r.data;
    let largest = 0, smallest = Infinity;
    for (let i = 0; i < n; i++) {
      const pivot = Math.abs(r[i * n + i]);
      largest = Math.max(largest, pivot);
      smallest = Math.min(smallest, pivot);
    }
    if (!(smallest > tolerance * largest)) return undefined;
    const inverse = new Float64Array(n * n); // of R, upper triangular
    for (let j = 0; j < n; j++) {
      inverse[j * n + j] = 1 / r[j * n + j];
      for (let i = j - 1; i >= 0; i--) {
        let sum = 0;
        for (let k = i + 1; k <= j; k++) sum += r[i * n + k] * inverse[k * n + j];
        inverse[i * n + j] = -sum / r[i * n + i];
      }
    }
    const gram = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = i; k < n; k++) sum += inverse[i * n + k] * inverse[j * n + k];
        gram[i * n + j] = gram[j * n + i] = sum;
      }
    }
    return gram;
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#scope.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }
}

// min ‖A x - b‖² + ‖diag(shift) x‖² for many shifts: A = Q R once, then R with the shift's rows below it.
//
// It squares no condition number, as AᵀA would. A is the Jacobian of a curve fit or of a small network; its columns lie
// one after the other, in float64.
//
// Source: Moré 1978, "The Levenberg-Marquardt algorithm: implementation and theory", section 3 (rotations of the
// shift's rows into R); Golub & Van Loan, 4th ed., algorithm 5.2.1 (Householder).
import { instance } from "../runtime/instance.ts";
import { elementBytes, floatView, workspace } from "../runtime/memory.ts";
import { DISPOSE, type Resource, Scope } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";

/** A QR factorization and its workspace, for one shape. */
export class DampedLeastSquares implements Resource {
  /** Rows of A (m). */
  readonly rows: number;
  /** Columns of A (n). */
  readonly columns: number;
  readonly #scope = new Scope();
  /** Aᵀ (n, m), then in row j from element j on the reflection v that makes column j of R, before it that column. */
  readonly #a: Tensor;
  /** R (n, n), zero below row m. */
  readonly #r: Tensor;
  readonly #b: Tensor;
  /** Qᵀb (n). */
  readonly #qtb: Float64Array;
  readonly #rotated: Tensor;
  /** x, the shift, a row of it, and 2 / vᵀv of every reflection, zero where there is none (4, n). */
  readonly #vectors: Tensor;

  /** Plans for A (rows, columns). */
  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.#qtb = new Float64Array(columns);
    const own = (...shape: number[]): Tensor => this.#scope.own(new Tensor("float64", shape));
    try {
      this.#a = own(columns, rows);
      this.#b = own(rows);
      this.#r = own(columns, columns);
      this.#rotated = own(columns, columns);
      this.#vectors = own(4, columns);
    } catch (error) {
      this.#scope.dispose();
      throw error;
    }
  }

  /** Factors A, given column by column, and takes b. Cost: 2 m n² flops. */
  factor(a: Float64Array, b: Float64Array): void {
    const { rows: m, columns: n } = this, { reflect_columns } = instance().exports;
    this.#a.data.set(a);
    const [products, factors] = [this.#vector(2), this.#vector(3)];
    reflect_columns(m, n, this.#a.pointer, factors, this.#r.pointer, products);
    this.#qtb.set(this.reflect(b));
  }

  /** The first n elements of Qᵀb for another b (m). */
  reflect(b: Float64Array): Float64Array {
    const { rows: m, columns: n } = this, { data, pointer } = this.#b;
    data.set(b);
    instance().exports.reflect_vector(m, n, this.#a.pointer, this.#vector(3), pointer);
    const reflected = new Float64Array(n);
    reflected.set(data.subarray(0, Math.min(m, n)));
    return reflected;
  }

  /**
   * x (n) for a shift (n); where R and the shift leave an unknown free, it is zero. `right` is Qᵀb of another b than that of
   * `factor()`. Cost: about n³ flops.
   */
  solve(shift: ArrayLike<number>, x: Float64Array, right = this.#qtb): void {
    const n = this.columns, { data, pointer } = this.#vectors;
    data.set(right);
    data.set(shift, n);
    instance().exports.solve_shifted(
      n,
      this.#r.pointer,
      this.#rotated.pointer,
      this.#vector(1),
      pointer,
      this.#vector(2),
    );
    x.set(data.subarray(0, n));
  }

  /** ‖A x‖². */
  imageSquares(x: Float64Array): number {
    const { data, pointer } = this.#vectors;
    data.set(x);
    return instance().exports.image_squares(this.columns, this.#r.pointer, pointer);
  }

  /** (AᵀA)⁻¹ (n, n), or undefined where A has no full rank to within `tolerance` of its largest pivot. */
  inverseGram(tolerance: number): Float64Array | undefined {
    const n = this.columns, count = n * n, { inverse_gram } = instance().exports;
    const gram = workspace(elementBytes("float64", count));
    const hasFullRank = inverse_gram(n, this.#r.pointer, tolerance, this.#rotated.pointer, gram);
    return hasFullRank ? Float64Array.from(floatView("float64", gram, count)) : undefined;
  }

  /** The address of one of the vectors. */
  #vector(index: number): number {
    return this.#vectors.pointer + elementBytes("float64", index * this.columns);
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

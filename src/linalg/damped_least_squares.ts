// min ‖A x - b‖² + ‖diag(shift) x‖² for many shifts: A = Q R once, then R with the shift's rows below it.
//
// It squares no condition number, as AᵀA would. Plain loops over float64: A is the Jacobian of a curve fit or of a small
// network, and its columns lie one after the other.
//
// Source: Moré 1978, "The Levenberg-Marquardt algorithm: implementation and theory", section 3 (rotations of the
// shift's rows into R); Golub & Van Loan, 4th ed., algorithm 5.2.1 (Householder).

/** A QR factorization and its workspace, for one shape. */
export class DampedLeastSquares {
  /** Rows of A (m). */
  readonly rows: number;
  /** Columns of A (n). */
  readonly columns: number;
  /** R (n, n) row-major, zero below row m. */
  readonly #r: Float64Array;
  /** Qᵀb (n). */
  readonly #qtb: Float64Array;
  readonly #rotated: Float64Array;
  readonly #row: Float64Array;

  /** Plans for A (rows, columns). */
  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.#r = new Float64Array(columns * columns);
    this.#qtb = new Float64Array(columns);
    this.#rotated = new Float64Array(columns * columns);
    this.#row = new Float64Array(columns);
  }

  /** Factors A, given column by column, and takes b; both are overwritten. Cost: 2 m n² flops. */
  factor(a: Float64Array, b: Float64Array): void {
    const { rows: m, columns: n } = this;
    this.#r.fill(0);
    this.#qtb.fill(0);
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < Math.min(j, m); i++) this.#r[i * n + j] = a[j * m + i];
      if (j >= m) continue;
      this.#r[j * n + j] = reflect(a, b, j, m, n);
      this.#qtb[j] = b[j];
    }
  }

  /** b = Qᵀb for another b (m); `a` is what `factor()` left of A. */
  reflect(a: Float64Array, b: Float64Array): void {
    const { rows: m, columns: n } = this;
    for (let j = 0; j < Math.min(m, n); j++) {
      const start = j * m;
      let squares = 0, product = 0;
      for (let i = j; i < m; i++) {
        squares += a[start + i] * a[start + i];
        product += a[start + i] * b[i];
      }
      if (squares === 0) continue;
      const factor = 2 * product / squares;
      for (let i = j; i < m; i++) b[i] -= factor * a[start + i];
    }
  }

  /**
   * x (n) for a shift (n); where R and the shift leave an unknown free, it is zero. `right` is Qᵀb of another b than that of
   * `factor()`. Cost: about n³ flops.
   */
  solve(shift: ArrayLike<number>, x: Float64Array, right = this.#qtb): void {
    const n = this.columns, r = this.#rotated, w = this.#row;
    r.set(this.#r);
    for (let i = 0; i < n; i++) x[i] = i < this.rows ? right[i] : 0;
    for (let j = 0; j < n; j++) {
      if (shift[j] === 0) continue;
      w.fill(0, j);
      w[j] = shift[j];
      let rest = 0;
      for (let k = j; k < n; k++) {
        if (w[k] === 0) continue;
        const pivot = r[k * n + k], length = Math.sqrt(pivot * pivot + w[k] * w[k]);
        const c = pivot / length, s = w[k] / length;
        for (let i = k; i < n; i++) {
          const above = r[k * n + i];
          r[k * n + i] = c * above + s * w[i];
          w[i] = c * w[i] - s * above;
        }
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
    const n = this.columns;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += this.#r[i * n + k] * x[k];
      squares += sum * sum;
    }
    return squares;
  }

  /** (AᵀA)⁻¹ (n, n), or undefined where A has no full rank to within `tolerance` of its largest pivot. */
  inverseGram(tolerance: number): Float64Array | undefined {
    const n = this.columns, r = this.#r;
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
}

/** Reflects columns j.. and b so that column j has only its first j + 1 elements; returns the last of these. */
function reflect(a: Float64Array, b: Float64Array, j: number, m: number, n: number): number {
  const start = j * m;
  let squares = 0;
  for (let i = j; i < m; i++) squares += a[start + i] * a[start + i];
  const norm = Math.sqrt(squares), first = a[start + j];
  if (norm === 0) return 0;
  const pivot = first > 0 ? -norm : norm;
  a[start + j] = first - pivot; // the reflection's vector v, in the place of the column
  const factor = 1 / (norm * (norm + Math.abs(first))); // 2 / vᵀv
  for (let k = j + 1; k < n; k++) {
    const other = k * m;
    let product = 0;
    for (let i = j; i < m; i++) product += a[start + i] * a[other + i];
    product *= factor;
    for (let i = j; i < m; i++) a[other + i] -= product * a[start + i];
  }
  let product = 0;
  for (let i = j; i < m; i++) product += a[start + i] * b[i];
  product *= factor;
  for (let i = j; i < m; i++) b[i] -= product * a[start + i];
  return pivot;
}

// LAPACK's residual ratios: residuals divided by sizes, norms and the unit roundoff u, so that "as good as
// the arithmetic allows" is a figure around 1 for every size and precision. Matrices are row-major, (n, n)
// where nothing else is said. Sources: TESTING/LIN spot01.f, spot02.f, spot03.f; TESTING/EIG ssyt21.f.

/** Largest column sum of magnitudes of a (rows, columns) matrix. */
export function norm1(values: ArrayLike<number>, rows: number, columns: number): number {
  const sums = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) sums[j] += Math.abs(values[i * columns + j]);
  }
  let largest = 0;
  for (const sum of sums) largest = sum > largest || sum !== sum ? sum : largest;
  return largest;
}

/** a - x y, with x (rows, inner) and y (inner, columns). */
function residual(
  a: ArrayLike<number>,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  rows: number,
  inner: number,
  columns: number,
): Float64Array {
  const left = Float64Array.from(a);
  const factor = Float64Array.from(y);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const x_ik = x[i * inner + k];
      if (x_ik === 0) continue;
      for (let j = 0; j < columns; j++) left[i * columns + j] -= x_ik * factor[k * columns + j];
    }
  }
  return left;
}

function transposed(values: ArrayLike<number>, n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => values[(at % n) * n + Math.floor(at / n)]);
}

function identity(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => at % (n + 1) === 0 ? 1 : 0);
}

/** norm(A - L L^T) / (n norm(A) u); of `l` the lower triangle counts. */
export function choleskyRatio(
  a: ArrayLike<number>,
  l: ArrayLike<number>,
  n: number,
  u: number,
): number {
  const lower = Float64Array.from(l, (value, at) => at % n <= Math.floor(at / n) ? value : 0);
  return norm1(residual(a, lower, transposed(lower, n), n, n, n), n, n) / (n * norm1(a, n, n) * u);
}

/** norm(B - A X) / (norm(A) norm(X) u), B and X (n, columns). */
export function solveRatio(
  a: ArrayLike<number>,
  x: ArrayLike<number>,
  b: ArrayLike<number>,
  n: number,
  columns: number,
  u: number,
): number {
  const scale = norm1(a, n, n) * norm1(x, n, columns) * u;
  return norm1(residual(b, a, x, n, n, columns), n, columns) / scale;
}

/** norm(I - A C) / (n norm(A) norm(C) u) for C meant to be the inverse of A. */
export function inverseRatio(
  a: ArrayLike<number>,
  c: ArrayLike<number>,
  n: number,
  u: number,
): number {
  const scale = n * norm1(a, n, n) * norm1(c, n, n) * u;
  return norm1(residual(identity(n), a, c, n, n, n), n, n) / scale;
}

/** norm(A - Z^T diag(w) Z) / (n norm(A) u), eigenvectors the rows of Z; norm(A) counts as 1 when A = 0. */
export function eigenRatio(
  a: ArrayLike<number>,
  w: ArrayLike<number>,
  z: ArrayLike<number>,
  n: number,
  u: number,
): number {
  const scaled = Float64Array.from(z, (value, at) => value * w[Math.floor(at / n)]);
  const scale = n * (norm1(a, n, n) || 1) * u;
  return norm1(residual(a, transposed(z, n), scaled, n, n, n), n, n) / scale;
}

/** norm(I - Z Z^T) / (n u). */
export function orthogonalityRatio(z: ArrayLike<number>, n: number, u: number): number {
  return norm1(residual(identity(n), z, transposed(z, n), n, n, n), n, n) / (n * u);
}

// A = Q T Q^T by Householder reflections, from the last row to the first; only the lower triangle
// of A (n, n) is read. On return row i of A holds the reflector v_i in its first i places, tau[i]
// its factor, d (n) and e (n-1) the matrix T; all three are f64. Q = H_{n-1} ... H_1. `vectors`:
// four scratch rows of n elements, the first zero on entry. 4/3 n^3 flops.
import { householder } from "./householder";
import { rank2_symv } from "./rank2_symv";

export function tridiagonalize<T>(
  n: i32,
  a: usize,
  lda: i32,
  d: usize,
  e: usize,
  tau: usize,
  vectors: usize,
): void {
  const size = <usize> sizeof<T>();
  // The rank-2 update of the previous column waits until this column's reflector is known: then
  // both go in one pass.
  let v = vectors, w = vectors, y = vectors + <usize> n * size, spare = y + <usize> n * size;
  for (let i = n - 1; i >= 0; i--) {
    const row = a + <usize> i * <usize> lda * size;
    const vi = load<T>(v + <usize> i * size), wi = load<T>(w + <usize> i * size);
    for (let j: usize = 0; j <= <usize> i * size; j += size) {
      store<T>(row + j, <T> (load<T>(row + j) - <T> (vi * load<T>(w + j) + wi * load<T>(v + j))));
    }
    store<f64>(d + (<usize> i << 3), <f64> load<T>(row + <usize> i * size));
    if (i == 0) break;
    const factor = householder<T>(i, row, e + (<usize> (i - 1) << 3));
    store<f64>(tau + (<usize> i << 3), factor);
    rank2_symv<T>(i, a, lda, v, w, row, y);
    // w = tau y - (tau^2 / 2) (y . v) v
    let product: f64 = 0;
    for (let j: usize = 0; j < <usize> i * size; j += size) {
      product += <f64> load<T>(y + j) * <f64> load<T>(row + j);
    }
    const shift = 0.5 * factor * factor * product;
    for (let j: usize = 0; j < <usize> i * size; j += size) {
      store<T>(y + j, <T> (factor * <f64> load<T>(y + j) - shift * <f64> load<T>(row + j)));
    }
    v = row;
    w = y;
    y = spare;
    spare = w;
  }
}

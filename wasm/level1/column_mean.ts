// out_j := (sum_i a_ij) / m.  a (m, n) row-major, lda in elements, read only; out (n). m = 0 gives NaN.
// Each column is one float64 sum over the rows in order, divided, then rounded once.
import { load_wide, store_wide } from "../inline/wide";

// @ts-ignore: decorator
@kernel
export function column_mean<T>(m: i32, n: i32, a: usize, lda: i32, out: usize): void {
  const size = sizeof<T>(), pitch = <usize> lda * size;
  const rows = f64x2.splat(<f64> m);
  for (; n >= 8; n -= 8, a += 8 * size, out += 8 * size) {
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let row = a;
    for (let i = 0; i < m; i++, row += pitch) {
      s0 = f64x2.add(s0, load_wide<T>(row));
      s1 = f64x2.add(s1, load_wide<T>(row + 2 * size));
      s2 = f64x2.add(s2, load_wide<T>(row + 4 * size));
      s3 = f64x2.add(s3, load_wide<T>(row + 6 * size));
    }
    store_wide<T>(out, f64x2.div(s0, rows));
    store_wide<T>(out + 2 * size, f64x2.div(s1, rows));
    store_wide<T>(out + 4 * size, f64x2.div(s2, rows));
    store_wide<T>(out + 6 * size, f64x2.div(s3, rows));
  }
  for (; n > 0; n--, a += size, out += size) {
    let sum: f64 = 0, at = a;
    for (let i = 0; i < m; i++, at += pitch) sum += <f64> load<T>(at);
    store<T>(out, <T> (sum / <f64> m));
  }
}

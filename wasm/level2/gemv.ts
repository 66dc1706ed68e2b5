// y := alpha op(A) x + beta y.  A (m, n) row-major, lda in elements; trans = 0: x (n), y (m); trans = 1: x (m), y (n).
//
// A and x are read only; y overlaps neither; beta == 0 never reads y. Four rows at a time share the loads of x or y.
// trans = 0: dot_rows.ts. trans = 1: y_j := beta y_j + (alpha x_0) a_0j + (alpha x_1) a_1j + ... in this order.
// Error: |y - y'| <= gamma_{k+2} (|alpha| |A| |x| + |beta| |y|), k = n, or m if transposed. 2mn flops, mn accesses.
import { axpy } from "../level1/axpy";
import { add_four_rows } from "./add_four_rows";
import { dot_four_rows, dot_row } from "./dot_rows";
import { scale_or_clear } from "./scale_or_clear";

// @ts-ignore: decorator
@kernel
export function gemv<T>(
  trans: i32,
  m: i32,
  n: i32,
  alpha: T,
  a: usize,
  lda: i32,
  x: usize,
  beta: T,
  y: usize,
): void {
  const size = sizeof<T>(), pitch = <usize> lda * size;
  scale_or_clear<T>(trans != 0 ? n : m, beta, y);
  if (trans != 0) {
    for (; m >= 4; m -= 4, a += 4 * pitch, x += 4 * size) add_four_rows<T>(n, alpha, a, pitch, x, y);
    for (; m > 0; m--, a += pitch, x += size) axpy<T>(n, <T> (alpha * load<T>(x)), a, y);
  } else {
    for (; m >= 4; m -= 4, a += 4 * pitch, y += 4 * size) dot_four_rows<T>(n, alpha, a, pitch, x, y);
    for (; m > 0; m--, a += pitch, y += size) {
      store<T>(y, <T> (load<T>(y) + <T> (alpha * dot_row<T>(n, a, x))));
    }
  }
}

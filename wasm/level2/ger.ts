// A := alpha x y^T + A.  A (m, n) row-major, lda in elements; x (m), y (n) read only, not overlapping A.
// a_ij := a_ij + (alpha x_i) y_j, elementwise. 2mn flops, 2mn accesses.
import { axpy } from "../level1/axpy";

// @ts-ignore: decorator
@kernel
export function ger<T>(m: i32, n: i32, alpha: T, x: usize, y: usize, a: usize, lda: i32): void {
  for (; m > 0; m--, x += sizeof<T>(), a += <usize> lda * sizeof<T>()) {
    axpy<T>(n, <T> (alpha * load<T>(x)), y, a);
  }
}

// b(j, i) := a(i, j) for a (rows, columns); row strides in elements; b does not overlap a.
import { transpose_block } from "../inline/transpose_block";

// @ts-ignore: decorator
@kernel
export function transpose<T>(rows: i32, columns: i32, a: usize, lda: i32, b: usize, ldb: i32): void {
  transpose_block<T>(rows, columns, a, <usize> lda * sizeof<T>(), b, <usize> ldb * sizeof<T>());
}

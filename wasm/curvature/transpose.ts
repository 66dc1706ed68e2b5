// b(j, i) := a(i, j) for a (rows, columns); row strides in elements; b does not overlap a.
import { transpose_block } from "../inline/transpose_block";

export function f32_transpose(rows: i32, columns: i32, a: usize, lda: i32, b: usize, ldb: i32): void {
  transpose_block<f32>(rows, columns, a, <usize> lda * 4, b, <usize> ldb * 4);
}

export function f64_transpose(rows: i32, columns: i32, a: usize, lda: i32, b: usize, ldb: i32): void {
  transpose_block<f64>(rows, columns, a, <usize> lda * 8, b, <usize> ldb * 8);
}

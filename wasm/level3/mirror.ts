import { transpose_block } from "../inline/transpose_block";

/** Rows that are transposed at once. */
// @ts-ignore: decorator
@inline
const ROWS: i32 = 32;

/** Copies the lower triangle of a (n, n) to the upper one; rows lie lda BYTES apart. */
export function mirror_lower<T>(n: i32, a: usize, lda: usize): void {
  const size = <usize> sizeof<T>();
  for (let i = 0; i < n; i += ROWS) {
    const rows = min<i32>(ROWS, n - i);
    const row = a + <usize> i * lda, diagonal = row + <usize> i * size;
    transpose_block<T>(rows, i, row, lda, a + <usize> i * size, lda);
    for (let r: usize = 1; r < <usize> rows; r++) {
      for (let c: usize = 0; c < r; c++) {
        store<T>(diagonal + c * lda + r * size, load<T>(diagonal + r * lda + c * size));
      }
    }
  }
}

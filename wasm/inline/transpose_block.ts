import { lanes } from "./lanes";
import { transpose_lanes } from "./transpose";

/** b(j, i) := a(i, j) for a (rows, columns); a and b do not overlap, their rows are lda and ldb BYTES apart. */
export function transpose_block<T>(
  rows: i32,
  columns: i32,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
): void {
  const size = <usize> sizeof<T>();
  for (let i = 0; i < rows; i += lanes<T>()) {
    const isFull = i + lanes<T>() <= rows;
    const from = a + <usize> i * lda, to = b + <usize> i * size;
    let j = 0;
    for (; isFull && j + lanes<T>() <= columns; j += lanes<T>()) {
      transpose_lanes<T>(from + <usize> j * size, lda, to + <usize> j * ldb, ldb);
    }
    const live = isFull ? lanes<T>() : rows - i;
    for (; j < columns; j++) {
      for (let r = 0; r < live; r++) {
        store<T>(
          to + <usize> j * ldb + <usize> r * size,
          load<T>(from + <usize> r * lda + <usize> j * size),
        );
      }
    }
  }
}

// L := L^-1 for lower triangular L (n, n), whose strict upper triangle must hold zeros. No pivot
// may be zero. Blocks of 64 are inverted by substitution; then neighbours merge, twice as large
// each time:
//   [L11  0 ]^-1   [      X11          0 ]
//   [L21 L22]    = [-X22 L21 X11     X22 ]
// in strips that leave out most of the zeros of X11 and X22. n^3/3 flops and about a quarter more.
import { gemm } from "../level3/gemm";
import { NB } from "./potrf";
import { STRIP, strip_width, substitute } from "./substitute";

/** Widths of the strips of a block of `size`: a quarter, but not below NB. */
// @ts-ignore: decorator
@inline
function strip_of(size: i32): i32 {
  return max(NB, size / 4);
}

function merge<T>(n1: i32, n2: i32, a: usize, lda: i32, product: usize, work: usize): void {
  const size = <usize> sizeof<T>(), pitch = <usize> lda * size, step = strip_of(n1);
  const l21 = a + <usize> n1 * pitch, x22 = l21 + <usize> n1 * size;
  for (let j = 0; j < n1; j += step) {
    const columns = min(step, n1 - j), at = <usize> j * size;
    gemm<T>(
      0,
      n2,
      columns,
      n1 - j,
      <T> 1,
      l21 + at,
      lda,
      a + <usize> j * pitch + at,
      lda,
      <T> 0,
      product + at,
      n1,
      work,
    );
  }
  for (let i = 0; i < n2; i += step) {
    const rows = min(step, n2 - i), at = <usize> i * pitch;
    gemm<T>(0, rows, n1, i + rows, <T> -1, x22 + at, lda, product, n1, <T> 0, l21 + at, lda, work);
  }
}

/** Inverts a diagonal block in place, strip by strip: none needs the columns to the left of it. */
function invert_block<T>(n: i32, l: usize, pitch: usize, x: usize): void {
  const size = <usize> sizeof<T>();
  for (let rows = n; rows > 0; rows -= strip_width<T>(), l += STRIP / size * (pitch + size)) {
    const width = min(strip_width<T>(), rows);
    memory.fill(x, 0, <usize> rows * STRIP);
    for (let j: usize = 0; j < <usize> width; j++) store<T>(x + j * (STRIP + size), <T> 1);
    substitute<T>(rows, rows, l, pitch, x);
    for (let j: usize = 0; j < <usize> rows; j++) {
      memory.copy(l + j * pitch, x + j * STRIP, <usize> width * size);
    }
  }
}

/** `product`: room for n^2/4 elements. `x`: NB rows of 64 bytes. */
export function trtri<T>(n: i32, a: usize, lda: i32, product: usize, x: usize, work: usize): void {
  const size = <usize> sizeof<T>(), pitch = <usize> lda * size;
  for (let i = 0; i < n; i += NB) {
    invert_block<T>(min(NB, n - i), a + <usize> i * (pitch + size), pitch, x);
  }
  for (let half = NB; half < n; half *= 2) {
    for (let i = 0; i + half < n; i += 2 * half) {
      merge<T>(half, min(half, n - i - half), a + <usize> i * (pitch + size), lda, product, work);
    }
  }
}

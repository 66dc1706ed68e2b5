// A = L L^T for symmetric positive definite A (n, n): the lower triangle is overwritten by L, the
// strict upper one neither read nor written. Returns 0, or the one-based index of the first pivot
// that is not positive (or NaN); A is then partly overwritten. Left-looking by blocks of 64
// columns: one product with everything to the left, then substitution in strips of rows. Order of
// the sums: within a block of columns ascending k, after the product's own order. n^3/3 flops.
// Residual <= gamma_{n+1} |L| |L|^T.
import { transpose_block } from "../inline/transpose_block";
import { gemm_work_bytes } from "../level3/blocking";
import { gemm } from "../level3/gemm";
import { TRANSPOSE_B } from "../level3/product";
import { STRIP, strip_width, substitute } from "./substitute";

/** Columns of a block. */
export const NB: i32 = 64;

/** Copies the lower triangle of a transposed strip back; its row j holds column j. */
// @ts-ignore: decorator
@inline
function store_corner<T>(rows: i32, x: usize, a: usize, pitch: usize): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      const value = load<T>(x + <usize> j * STRIP + <usize> i * sizeof<T>());
      store<T>(a + <usize> i * pitch + <usize> j * sizeof<T>(), value);
    }
  }
}

/** The lower triangle of a := a - square. */
// @ts-ignore: decorator
@inline
function subtract_lower<T>(n: i32, square: usize, a: usize, pitch: usize): void {
  for (let i = 0; i < n; i++, a += pitch, square += <usize> NB * sizeof<T>()) {
    for (let j: usize = 0; j <= <usize> i * sizeof<T>(); j += sizeof<T>()) {
      store<T>(a + j, <T> (load<T>(a + j) - load<T>(square + j)));
    }
  }
}

/** Factors the diagonal block (n, n) at a and solves the m - n rows below it, a strip at a time. */
function factor_column<T>(m: i32, n: i32, a: usize, pitch: usize, x: usize): i32 {
  for (let i = 0; i < m; i += strip_width<T>()) {
    const rows = min(strip_width<T>(), m - i), row = a + <usize> i * pitch;
    const isDiagonal = i < n, known = min(i, n);
    const columns = isDiagonal ? min(i + strip_width<T>(), n) : n;
    transpose_block<T>(rows, columns, row, pitch, x, STRIP);
    const failed = substitute<T>(columns, isDiagonal ? i : n, a, pitch, x);
    if (failed) return failed;
    transpose_block<T>(known, rows, x, STRIP, row, pitch);
    if (isDiagonal) {
      store_corner<T>(rows, x + <usize> i * STRIP, row + <usize> i * sizeof<T>(), pitch);
    }
  }
  return 0;
}

// @ts-ignore: decorator
@kernel
export function potrf<T>(n: i32, a: usize, lda: i32, work: usize): i32 {
  const pitch = <usize> lda * sizeof<T>();
  const square = work + <usize> gemm_work_bytes(), x = square + <usize> (NB * NB) * sizeof<T>();
  for (let j = 0; j < n; j += NB, a += <usize> NB * pitch) {
    const columns = min(NB, n - j), rows = n - j;
    const diagonal = a + <usize> j * sizeof<T>(), down = <usize> columns * pitch;
    if (j > 0) {
      gemm<T>(TRANSPOSE_B, columns, columns, j, <T> 1, a, lda, a, lda, <T> 0, square, NB, work);
      subtract_lower<T>(columns, square, diagonal, pitch);
      gemm<T>(
        TRANSPOSE_B,
        rows - columns,
        columns,
        j,
        <T> -1,
        a + down,
        lda,
        a,
        lda,
        <T> 1,
        diagonal + down,
        lda,
        work,
      );
    }
    const failed = factor_column<T>(rows, columns, diagonal, pitch, x);
    if (failed) return j + failed;
  }
  return 0;
}

/** Bytes of `work` for potrf and potrs. */
// @ts-ignore: decorator
@kernel
export function potrf_work_bytes(): i32 {
  return gemm_work_bytes() + NB * NB * 8 + NB * <i32> STRIP;
}

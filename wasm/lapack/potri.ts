// A^-1 = L^-T L^-1, both triangles, over the factor L that potrf left in the lower triangle of A
// (n, n); exactly symmetric. L is inverted in place; then rows of the product are made from the
// top, each block of rows from the rows of L^-1 at and below it. Lower elements are sums over k =
// i..n-1 in the order of gemm; the upper triangle is a copy. 2/3 n^3 flops.
import { gemm_work_bytes } from "../level3/blocking";
import { gemm } from "../level3/gemm";
import { mirror_lower } from "../level3/mirror";
import { TRANSPOSE_A } from "../level3/product";
import { NB } from "./potrf";
import { STRIP } from "./substitute";
import { trtri } from "./trtri";

/** Rows of the product that are made at once. */
const ROWS: i32 = 128;

// @ts-ignore: decorator
@kernel
export function potri<T>(n: i32, a: usize, lda: i32, work: usize): void {
  const size = <usize> sizeof<T>(), pitch = <usize> lda * size;
  const x = work + <usize> gemm_work_bytes(), product = x + <usize> NB * STRIP;
  for (let i: usize = 0; i < <usize> n; i++) {
    memory.fill(a + i * pitch + (i + 1) * size, 0, (<usize> n - 1 - i) * size);
  }
  trtri<T>(n, a, lda, product, x, work);
  for (let i = 0; i < n; i += ROWS) {
    const rows = min(ROWS, n - i), columns = i + rows, row = a + <usize> i * pitch;
    gemm<T>(
      TRANSPOSE_A,
      rows,
      columns,
      n - i,
      <T> 1,
      row + <usize> i * size,
      lda,
      row,
      lda,
      <T> 0,
      product,
      columns,
      work,
    );
    for (let r = 0; r < rows; r++) {
      memory.copy(
        row + <usize> r * pitch,
        product + <usize> (r * columns) * size,
        <usize> (i + r + 1) * size,
      );
    }
  }
  mirror_lower<T>(n, a, pitch);
}

/** The last merge's product has at most n^2/4 elements, that of a block of rows at most 128 n. */
// @ts-ignore: decorator
@kernel
export function potri_work_bytes<T>(n: i32): i32 {
  const product = max(n / 2 * ((n + 1) / 2), ROWS * n);
  return gemm_work_bytes() + NB * <i32> STRIP + (product * <i32> sizeof<T>() + 63 & ~63);
}

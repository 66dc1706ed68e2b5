// C(n, n) := alpha op(A) D op(A)^T + beta C, op(A) (n, k).  Row-major; strides in elements; beta == 0 never reads C.
//
// D = diag(weights), k numbers of any sign; where weights is 0 it is the identity. They enter one of the two operands as
// it is packed: the bits are those of gemm with a copy of its rows that had been multiplied.
//
// flags: 1 A is stored (k, n), so that C = alpha A^T A + beta C; 4 the stored A has a last column of ones that memory
// does not hold (k counts it, or n if transposed); 16 A is the patches of images, as in gemm. Of C the lower triangle is read; both are written, exactly equal.
// Half the flops of gemm, n^2 k, by the same sums: the bits of the lower triangle are gemm's. work: gemm_work_bytes().
import { mirror_lower } from "./mirror";
import { ONES_A, ONES_B, PATCHES_A, PATCHES_B, product, TRANSPOSE_A, TRANSPOSE_B } from "./product";

// @ts-ignore: decorator
@kernel
export function syrk<T>(
  flags: i32,
  n: i32,
  k: i32,
  alpha: T,
  a: usize,
  lda: i32,
  beta: T,
  c: usize,
  ldc: i32,
  weights: usize,
  work: usize,
): void {
  const transposes = (flags & 1) != 0 ? TRANSPOSE_A : TRANSPOSE_B;
  const ones = (flags & 4) != 0 ? ONES_A | ONES_B : 0;
  const patches = (flags & 16) != 0 ? PATCHES_A | PATCHES_B : 0;
  // deno-fmt-ignore
  product<T>(
    true, transposes | ones | patches, n, n, k, alpha, a, lda, a, lda, beta, c, ldc, weights, work,
  );
  mirror_lower<T>(n, c, <usize> ldc * sizeof<T>());
}

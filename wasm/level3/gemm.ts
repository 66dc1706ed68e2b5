// C(m, n) := alpha op(A)(m, k) op(B)(k, n) + beta C.  Row-major; lda, ldb, ldc in elements; beta == 0 never reads C.
//
// flags: 1 A transposed, 2 B transposed, 4 onesA, 8 onesB, 16 patchesA, 32 patchesB, 64 facesB. onesA: the STORED matrix A has one more column than memory
// holds, all ones, made in packing: without transposition k counts it, with it m does. onesB likewise: n, or k if
// transposed. patchesA: the stored matrix A is that of all patches of the images at a, which are gathered in packing; lda is
// the address of their geometry (nn/geometry.ts). patchesB likewise. facesB: B (k, n) is a face-splitting product,
// made in packing from the H at b and what ldb, an address, tells of it (pack_faces.ts). alpha == 0 or k == 0 reads neither A nor B. C overlaps neither. work: gemm_work_bytes(), 64-aligned.
// Order of the sums and their bits: product.ts. Error: |C - C'| <= gamma_{k+2} (|alpha| |A| |B| + |beta| |C|). 2mnk flops.
import { product } from "./product";

// @ts-ignore: decorator
@kernel
export function gemm<T>(
  flags: i32,
  m: i32,
  n: i32,
  k: i32,
  alpha: T,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  beta: T,
  c: usize,
  ldc: i32,
  work: usize,
): void {
  product<T>(false, flags, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, 0, work);
}

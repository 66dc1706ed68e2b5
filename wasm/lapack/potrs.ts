// B(n, nrhs) := A^-1 B from the factor L that potrf left in A: L Y = B, then L^T X = Y. Reads the
// lower triangle only. A column of X does not depend on the others. 2 n^2 nrhs flops.
import { trsm } from "../level3/trsm";

// @ts-ignore: decorator
@kernel
export function potrs<T>(
  n: i32,
  nrhs: i32,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  work: usize,
): void {
  trsm<T>(0, n, nrhs, <T> 1, a, lda, b, ldb, work);
  trsm<T>(1, n, nrhs, <T> 1, a, lda, b, ldb, work);
}

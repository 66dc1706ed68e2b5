// B(m, n) := alpha op(A)^-1 B, or alpha B op(A)^-1 on the right.  Row-major; strides in elements.
//
// flags: 1 op(A) = A^T, 2 right, 4 A is upper triangular (else lower), 8 unit diagonal. Of A only that triangle is
// read, without the diagonal if it is unit; alpha == 0 does not read A. A and B do not overlap. work: gemm_work_bytes().
//
// Every case is L X = B with L lower: on the right the transposes are taken, an upper L is walked backwards. A block
// of 40 unknowns is solved in `work`, then gemm takes it out of the unknowns that remain. m^2 n flops (left).
// Backward stable: |L X - alpha B| <= gamma_{m+1} |L| |X| + u |alpha B|. A zero on the diagonal gives inf or NaN.
import { lanes } from "../inline/lanes";
import { transpose_block } from "../inline/transpose_block";
import { gemm } from "./gemm";
import { TRANSPOSE_A, TRANSPOSE_B } from "./product";
import { TRIANGLE, trsm_block, X_PITCH } from "./trsm_block";

const L_BYTES: usize = 12800; // TRIANGLE^2 float64

// @ts-ignore: decorator
@kernel
export function trsm<T>(
  flags: i32,
  m: i32,
  n: i32,
  alpha: T,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  work: usize,
): void {
  const size = <i32> sizeof<T>();
  const isTransposed = (flags & 1) != 0, isRight = (flags & 2) != 0;
  const isUpper = (flags & 4) != 0, isUnit = (flags & 8) != 0;
  if (alpha != <T> 1) gemm<T>(0, m, n, 0, alpha, a, lda, a, lda, alpha, b, ldb, work);
  if (alpha == <T> 0) return;
  const readsColumns = isTransposed != isRight;
  const rowStep = (readsColumns ? 1 : lda) * size, columnStep = (readsColumns ? lda : 1) * size;
  const isForward = isUpper == readsColumns;
  const order = isRight ? n : m, others = isRight ? m : n;
  const unknownStep = (isRight ? 1 : ldb) * size;
  for (let done = 0; done < order; done += TRIANGLE) {
    const block = min<i32>(TRIANGLE, order - done), rest = order - done - block;
    const at = isForward ? done : rest, restAt = isForward ? done + block : 0;
    const solved = b + at * unknownStep, remaining = b + restAt * unknownStep;
    const diagonal = a + at * (rowStep + columnStep);
    copy_triangle<T>(isForward, isUnit, block, diagonal, rowStep, columnStep, work);
    solve_block<T>(isRight, isForward, isUnit, block, others, solved, ldb * size, work);
    const below = a + restAt * rowStep + at * columnStep;
    // deno-fmt-ignore
    if (isRight) {
      gemm<T>(isTransposed ? TRANSPOSE_B : 0, m, rest, block, <T> -1, solved, ldb, below, lda,
        <T> 1, remaining, ldb, work);
    } else {
      gemm<T>(isTransposed ? TRANSPOSE_A : 0, rest, n, block, <T> -1, below, lda, solved, ldb,
        <T> 1, remaining, ldb, work);
    }
  }
}

/** Packs the triangle at `from` as a lower one with rows TRIANGLE elements apart. */
function copy_triangle<T>(
  isForward: bool,
  isUnit: bool,
  n: i32,
  from: usize,
  rowStep: i32,
  columnStep: i32,
  l: usize,
): void {
  if (!isForward) {
    from += (n - 1) * (rowStep + columnStep);
    rowStep = -rowStep;
    columnStep = -columnStep;
  }
  for (let i = 0; i < n; i++, from += rowStep, l += TRIANGLE * sizeof<T>()) {
    const count = isUnit ? i : i + 1;
    for (let j = 0; j < count; j++) {
      store<T>(l + <usize> j * sizeof<T>(), load<T>(from + j * columnStep));
    }
  }
}

/** Solves for one block of unknowns, a strip of the others after the next, packed behind the triangle. */
function solve_block<T>(
  isRight: bool,
  isForward: bool,
  isUnit: bool,
  n: i32,
  others: i32,
  b: usize,
  ldb: usize,
  l: usize,
): void {
  const strip = 16 * lanes<T>();
  const first = l + L_BYTES;
  memory.fill(first, 0, <usize> TRIANGLE * X_PITCH);
  const x = isForward ? first : first + <usize> (n - 1) * X_PITCH;
  const pitch = isForward ? X_PITCH : 0 - X_PITCH;
  for (let j = 0; j < others; j += strip) {
    const columns = min<i32>(strip, others - j);
    if (isRight) {
      const at = b + <usize> j * ldb;
      transpose_block<T>(columns, n, at, ldb, x, pitch);
      trsm_block<T>(n, columns, isUnit, l, first);
      transpose_block<T>(n, columns, x, pitch, at, ldb);
    } else {
      const at = b + <usize> j * sizeof<T>();
      copy_rows<T>(n, columns, at, ldb, x, pitch);
      trsm_block<T>(n, columns, isUnit, l, first);
      copy_rows<T>(n, columns, x, pitch, at, ldb);
    }
  }
}

function copy_rows<T>(m: i32, n: i32, a: usize, lda: usize, b: usize, ldb: usize): void {
  for (let i = 0; i < m; i++, a += lda, b += ldb) {
    memory.copy(b, a, <usize> n * sizeof<T>());
  }
}

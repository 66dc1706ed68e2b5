// B(n, nrhs) := A^-1 B from the factor L that potrf left in A: L Y = B, then L^T X = Y. Reads the
// lower triangle only. By blocks of 64 rows: one product with all the rows that are done, then
// substitution in strips of 64 bytes of columns. A column of X does not depend on the others. 2 n^2
// nrhs flops.
import { gemm_work_bytes } from "../level3/blocking";
import { gemm } from "../level3/gemm";
import { TRANSPOSE_A } from "../level3/product";
import { NB } from "./potrf";
import { STRIP, substitute } from "./substitute";

/** Copies `rows` rows of at most STRIP bytes from the strip at x to b, or from b to the strip. */
// @ts-ignore: decorator
@inline
function copy_rows(
  rows: i32,
  bytes: usize,
  from: usize,
  fromStep: usize,
  to: usize,
  toStep: usize,
): void {
  for (let i = 0; i < rows; i++, from += fromStep, to += toStep) memory.copy(to, from, bytes);
}

/** B := L^-1 B or L^-T B for a diagonal block L (rows, rows) and `total` bytes of each row of B. */
// deno-fmt-ignore
function substitute_rows<T>(
  transposed: bool, rows: i32, total: usize, l: usize, pitch: usize, b: usize, bPitch: usize, x: usize,
): void {
  // L^T is lower triangular from its end: then its rows run backwards through the columns of L, as
  // those of B do.
  const last = <usize> (rows - 1);
  const rowStep: usize = transposed ? 0 - <usize> sizeof<T>() : pitch;
  const columnStep: usize = transposed ? 0 - pitch : sizeof<T>();
  const bStep: usize = transposed ? 0 - bPitch : bPitch;
  const start = transposed ? l + last * (pitch + sizeof<T>()) : l;
  if (transposed) b += last * bPitch;
  for (let j: usize = 0; j < total; j += STRIP) {
    const bytes = min(STRIP, total - j);
    copy_rows(rows, bytes, b + j, bStep, x, STRIP);
    substitute<T>(rows, rows, start, rowStep, columnStep, x);
    copy_rows(rows, bytes, x, STRIP, b + j, bStep);
  }
}

function potrs<T>(n: i32, nrhs: i32, a: usize, lda: i32, b: usize, ldb: i32, work: usize): void {
  const pitch = <usize> lda * sizeof<T>(), bPitch = <usize> ldb * sizeof<T>();
  const total = <usize> nrhs * sizeof<T>(), x = work + <usize> gemm_work_bytes();
  for (let i = 0; i < n; i += NB) {
    const rows = min(NB, n - i), row = a + <usize> i * pitch, target = b + <usize> i * bPitch;
    gemm<T>(0, rows, nrhs, i, <T> -1, row, lda, b, ldb, <T> 1, target, ldb, work);
    substitute_rows<T>(false, rows, total, row + <usize> i * sizeof<T>(), pitch, target, bPitch, x);
  }
  for (let i = (n - 1) / NB * NB; i >= 0; i -= NB) {
    const rows = min(NB, n - i), below = i + rows;
    const column = a + <usize> i * sizeof<T>(), target = b + <usize> i * bPitch;
    const under = column + <usize> below * pitch, done = b + <usize> below * bPitch;
    gemm<T>(
      TRANSPOSE_A,
      rows,
      nrhs,
      n - below,
      <T> -1,
      under,
      lda,
      done,
      ldb,
      <T> 1,
      target,
      ldb,
      work,
    );
    substitute_rows<T>(true, rows, total, column + <usize> i * pitch, pitch, target, bPitch, x);
  }
}

export function spotrs(
  n: i32,
  nrhs: i32,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  work: usize,
): void {
  potrs<f32>(n, nrhs, a, lda, b, ldb, work);
}

export function dpotrs(
  n: i32,
  nrhs: i32,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  work: usize,
): void {
  potrs<f64>(n, nrhs, a, lda, b, ldb, work);
}

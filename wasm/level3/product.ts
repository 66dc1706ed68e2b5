// The five loops of a matrix product (Goto and van de Geijn 2008; BLIS): C(m, n) := alpha op(A) op(B) + beta C.
//
//   columns of C by NC > blocks of k > rows of C by MC > panels of B > panels of A > the micro-kernel
//
// Each element of C is, block of k after block of k, C := alpha (sum over p in order) + C, beta applied with the first
// block. The order depends on k alone: a row, a column or a transpose of the product has the same bits.
import { scale_or_clear } from "../level2/scale_or_clear";
import { b_block, block_depth, edge_tile, KC, MC, MR, NC, NR, patch_stage } from "./blocking";
import { gemm_ukernel, update_edge } from "./gemm_ukernel";
import { pack } from "./pack";
import { pack_faces } from "./pack_faces";
import { pack_positions_across, pack_positions_along } from "./pack_patches";
import { scale_steps } from "./scale_steps";

/**
 * flags: 1 A transposed, 2 B transposed, 4 A with a column of ones, 8 B with a column of ones, 16 A and 32 B are the
 * patches of images, lda or ldb then being the address of their geometry; 64 B, not transposed, is a face-splitting
 * product, ldb then being the address of what pack_faces.ts needs; 128 op(B) lies packed in `work`, where a product before
 * this one has left it, which is one that `is_one_block`.
 */
export const TRANSPOSE_A: i32 = 1;
export const TRANSPOSE_B: i32 = 2;
export const ONES_A: i32 = 4;
export const ONES_B: i32 = 8;
export const PATCHES_A: i32 = 16;
export const PATCHES_B: i32 = 32;
export const FACES_B: i32 = 64;
export const PACKED_B: i32 = 128;

/** Whether op(B) (k, n) is a single block, so that what was packed of it serves every product with it. */
export function is_one_block<T>(n: i32, k: i32): bool {
  return n <= NC<T>() && k <= KC;
}

/**
 * With `isLower` the tiles strictly above the diagonal of C are left out; the rest of the upper triangle is scratch.
 * `weights`, where it is not 0, are k numbers: step p of op(B) is multiplied by the p-th as it is packed.
 */
export function product<T>(
  isLower: bool,
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
  weights: usize,
  work: usize,
): void {
  if (k == 0 || alpha == <T> 0) {
    for (let i = 0; i < m; i++) {
      scale_or_clear<T>(n, beta, c + <usize> i * <usize> ldc * sizeof<T>());
    }
    return;
  }
  const transA = (flags & TRANSPOSE_A) != 0, transB = (flags & TRANSPOSE_B) != 0;
  const onesA = <i32> ((flags & ONES_A) != 0), onesB = <i32> ((flags & ONES_B) != 0);
  const heldM = transA ? m - onesA : m, heldN = transB ? n : n - onesB;
  const heldKA = transA ? k : k - onesA, heldKB = transB ? k - onesB : k;
  const patchesA = (flags & PATCHES_A) != 0, patchesB = (flags & PATCHES_B) != 0;
  const pitch = <usize> ldc * sizeof<T>();
  const depth = block_depth(k), packedB = b_block(work), stage = patch_stage(work);
  for (let j = 0; j < n; j += NC<T>()) {
    const columns = min<i32>(NC<T>(), n - j);
    for (let p = 0; p < k; p += depth) {
      const steps = min<i32>(depth, k - p);
      if ((flags & PACKED_B) == 0) {
        if ((flags & FACES_B) != 0) pack_faces<T>(b, ldb, j, columns, p, steps, packedB);
        // deno-fmt-ignore
        else pack_operand<T>(patchesB, NR<T>(), transB, b, ldb, heldN, heldKB, j, columns, p, steps, packedB, stage);
        const from = weights + <usize> p * sizeof<T>();
        if (weights != 0) scale_steps<T>(from, columns, NR<T>(), steps, packedB);
      }
      for (let i = isLower ? j / MC<T>() * MC<T>() : 0; i < m; i += MC<T>()) {
        const rows = min<i32>(MC<T>(), m - i);
        // deno-fmt-ignore
        pack_operand<T>(patchesA, MR, !transA, a, lda, heldM, heldKA, i, rows, p, steps, work, stage);
        multiply_blocks<T>(
          isLower ? i - j : i32.MAX_VALUE - MC<T>(),
          rows,
          columns,
          steps,
          alpha,
          p == 0 ? beta : <T> 1,
          c + <usize> i * pitch + <usize> j * sizeof<T>(),
          pitch,
          work,
        );
      }
    }
  }
}

// deno-fmt-ignore
function pack_operand<T>(
  isPatches: bool, panel: i32, isDepthContiguous: bool, source: usize, ld: i32, heldWidth: i32, heldDepth: i32,
  first: i32, width: i32, p: i32, depth: i32, out: usize, stage: usize,
): void {
  if (!isPatches) {
    pack<T>(panel, isDepthContiguous, source, ld, heldWidth, heldDepth, first, width, p, depth, out);
  } else if (isDepthContiguous) {
    pack_positions_across<T>(panel, source, ld, heldDepth, first, width, p, depth, out, stage);
  } else {
    pack_positions_along<T>(panel, source, ld, heldWidth, first, width, p, depth, out, stage);
  }
}

/** The two inner loops over packed blocks. `diagonal` is the column where the first row of C meets the diagonal. */
function multiply_blocks<T>(
  diagonal: i32,
  m: i32,
  n: i32,
  k: i32,
  alpha: T,
  beta: T,
  c: usize,
  ldc: usize,
  work: usize,
): void {
  const tile = edge_tile(work);
  let b = b_block(work);
  for (let j = 0; j < n; j += NR<T>(), b += <usize> k * 32, c += 32) {
    const columns = min<i32>(NR<T>(), n - j);
    let a = work, to = c;
    for (let i = 0; i < m; i += MR, a += <usize> (MR * k) * sizeof<T>(), to += <usize> MR * ldc) {
      if (diagonal + i + MR <= j) continue;
      const rows = min<i32>(MR, m - i);
      const isEdge = rows < MR || columns < NR<T>();
      gemm_ukernel<T>(k, alpha, a, b, isEdge ? <T> 0 : beta, isEdge ? tile : to, isEdge ? 32 : ldc);
      if (isEdge) update_edge<T>(rows, columns, tile, beta, to, ldc);
    }
  }
}

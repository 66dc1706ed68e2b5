// Block sizes of gemm, and where the blocks lie in `work`.
//
//   the register tile   MR x NR of C stays in registers: 5 x 2 vectors
//   a panel of B        KC x NR, 16 KB, stays in the first-level cache while the panels of A pass by
//   the block of A      MC x KC, 240 KB, stays in the second-level cache
//   the block of B      KC x NC, 1 MB, is packed once for all rows of A
//   the stage           a few patches of a convolution on their way to the panels, stays in the first-level cache
//
// All sizes in bytes are the same for float32 and float64: float64 blocks have half the rows and columns.
import { lanes } from "../inline/lanes";

/** Rows of the register tile. */
// @ts-ignore: decorator
@inline
export const MR: i32 = 5;

/** Deepest block of k. */
// @ts-ignore: decorator
@inline
export const KC: i32 = 512;

const A_BYTES: usize = 120 * 512 * 4;
const B_BYTES: usize = 512 * 512 * 4;
const TILE_BYTES: usize = 192; // MR rows of 32 bytes, rounded up to 64

/** Bytes of the stage in which patches are laid out: 8 of float32 or 5 of float64, each KC long and 64 bytes apart. */
export const STAGE_BYTES: usize = 20800;

/** Columns of the register tile. */
// @ts-ignore: decorator
@inline
export function NR<T>(): i32 {
  return 2 * lanes<T>();
}

/** Rows of a block of A. */
// @ts-ignore: decorator
@inline
export function MC<T>(): i32 {
  return 30 * lanes<T>();
}

/** Columns of a block of B. */
// @ts-ignore: decorator
@inline
export function NC<T>(): i32 {
  return 128 * lanes<T>();
}

/** Depth of the blocks that share k out evenly, so that none is a sliver. Depends on k alone, as the bits of C do. */
export function block_depth(k: i32): i32 {
  const blocks = (k + KC - 1) / KC;
  return blocks > 0 ? (((k + blocks - 1) / blocks + 3) & ~3) : 0;
}

// @ts-ignore: decorator
@inline
export function b_block(work: usize): usize {
  return work + A_BYTES;
}

// @ts-ignore: decorator
@inline
export function edge_tile(work: usize): usize {
  return work + A_BYTES + B_BYTES;
}

// @ts-ignore: decorator
@inline
export function patch_stage(work: usize): usize {
  return work + A_BYTES + B_BYTES + TILE_BYTES;
}

/** Bytes of `work` for gemm and what is built on them; 64-aligned. */
// @ts-ignore: decorator
@kernel
export function gemm_work_bytes(): i32 {
  return <i32> (A_BYTES + B_BYTES + TILE_BYTES + STAGE_BYTES);
}

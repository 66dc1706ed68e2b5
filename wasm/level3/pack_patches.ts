// Packs a block of the matrix of patches, (positions, patch elements and perhaps a one), straight from the images: what
// `pack` would make of the patches if memory held them, bit for bit. `geometry` says how they lie (nn/geometry.ts).
//
// A few patches at a time, as many as the widest panel has, are laid out in a stage that stays in the first-level cache:
// where positions run across a panel, those of one panel; where they run along k, the next few for all panels.
import { gather_patches } from "../nn/conv/gather_patches";
import { KC, MR, NR } from "./blocking";
import { pack_panel } from "./pack";

/** Bytes between patches in the stage; not a power of two, which would have them compete for the same cache lines. */
// @ts-ignore: decorator
@inline
function stage_pitch<T>(): usize {
  return <usize> KC * sizeof<T>() + 64;
}

/** `pack` where positions run along m or n and patches along k. */
export function pack_positions_across<T>(
  panel: i32,
  images: usize,
  geometry: usize,
  heldDepth: i32,
  first: i32,
  width: i32,
  p: i32,
  depth: i32,
  out: usize,
  stage: usize,
): void {
  const size = <i32> sizeof<T>(), pitch = stage_pitch<T>();
  const held = min<i32>(depth, heldDepth - p);
  for (let i = 0; i < width; i += panel, out += <usize> (panel * depth) * sizeof<T>()) {
    const rows = min<i32>(panel, width - i);
    gather_patches(size, geometry, images, first + i, rows, p, held * size, stage, pitch);
    pack_panel<T>(panel, rows, rows, held, depth, stage, pitch, sizeof<T>(), out);
  }
}

/** `pack` where patches run along m or n and positions along k. */
export function pack_positions_along<T>(
  panel: i32,
  images: usize,
  geometry: usize,
  heldWidth: i32,
  first: i32,
  width: i32,
  p: i32,
  depth: i32,
  out: usize,
  stage: usize,
): void {
  const size = <i32> sizeof<T>(), pitch = stage_pitch<T>();
  const staged = max<i32>(MR, NR<T>()), held = min<i32>(width, heldWidth - first);
  const step = <usize> panel * sizeof<T>();
  for (let q = 0; q < depth; q += staged, out += <usize> staged * step) {
    const steps = min<i32>(staged, depth - q);
    gather_patches(size, geometry, images, p + q, steps, first, held * size, stage, pitch);
    let to = out;
    for (let i = 0; i < width; i += panel, to += <usize> depth * step) {
      const inBlock = min<i32>(panel, width - i), inMemory = min<i32>(inBlock, held - i);
      const from = stage + <usize> (i * size);
      pack_panel<T>(panel, inMemory, inBlock, steps, steps, from, sizeof<T>(), pitch, to);
    }
  }
}

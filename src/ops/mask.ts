import { kernels } from "../runtime/instance.ts";
import { fillUniform, type RandomKey, randomKey } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Counters that a key has for one mask, a quarter or half of one for an element: no batch has so many. */
const COUNTERS_PER_MASK = 536870912;
/** Masks of one seed and stream; then they come again. */
const MASK_COUNT = 16777216;

/**
 * mask (B, …) = 1 / keep with probability `keep`, 0 otherwise.
 *
 * Each sample has counters of its own, by its number, so that part of a batch gets that part of its mask.
 */
export function drawMask(key: RandomKey, keep: number, mask: Tensor, firstSample: number): void {
  const { seed, stream, index } = key;
  const [batchSize] = mask.shape;
  const width = mask.size / batchSize;
  const perCounter = mask.dtype === "float32" ? 4 : 2;
  const counters = Math.ceil(width / perCounter);
  const start = index % MASK_COUNT * COUNTERS_PER_MASK + firstSample * counters;
  const isWhole = counters * perCounter === width; // samples follow each other without a gap
  for (let n = 0; n < (isWhole ? 1 : batchSize); n++) {
    const part = isWhole ? mask : mask.view([width], n * width);
    fillUniform(randomKey(seed, stream, start + n * counters), part);
  }
  kernels(mask.dtype).keep_mask(mask.size, keep, mask.pointer);
}

/** out = mask x, element by element. */
export function applyMask(mask: Tensor, x: Tensor, out: Tensor): void {
  kernels(x.dtype).multiply(x.size, x.pointer, mask.pointer, out.pointer);
}

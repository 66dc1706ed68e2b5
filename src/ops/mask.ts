import { kernels } from "../runtime/instance.ts";
import { fillUniform, type RandomKey } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** mask = 1 / keep with probability `keep`, 0 otherwise, drawn from the counters that begin at the key. */
export function drawMask(key: RandomKey, keep: number, mask: Tensor): void {
  fillUniform(key, mask);
  kernels(mask.dtype).keep_mask(mask.size, keep, mask.pointer);
}

/** out = mask x, element by element. */
export function applyMask(mask: Tensor, x: Tensor, out: Tensor): void {
  kernels(x.dtype).multiply(x.size, x.pointer, mask.pointer, out.pointer);
}

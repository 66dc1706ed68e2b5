import { norm, scale } from "../../ops/vector.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** 2^100: no pair is scaled by more than this, or its inverse, so that the factor fits both dtypes. */
const MAXIMUM_SCALE = 1267650600228229401496703205376;

/**
 * Scales s and y by the power of two that brings ‖s‖ into [1, 2).
 *
 * An update by (k s, k y) is that by (s, y), for powers of two to the last bit; but 1 / sᵀy of the small
 * pairs at the end of training overflows float32.
 */
export function scalePair(s: Tensor, y: Tensor): void {
  let size = norm(s);
  if (!(size > 0 && size < Infinity)) return;
  let factor = 1;
  for (; size < 1 && factor < MAXIMUM_SCALE; size *= 2) factor *= 2;
  for (; size >= 2 && factor > 1 / MAXIMUM_SCALE; size /= 2) factor /= 2;
  scale(factor, s);
  scale(factor, y);
}

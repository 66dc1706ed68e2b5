import { fill, maxAbs } from "../../ops/vector.ts";
import { kernels } from "../../runtime/instance.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { DampingScaling } from "./settings.ts";

/** The least share of the largest element that an element counts as: units that are saturated would run away. */
const LEAST_SHARE = 1e-6;

/** Makes D of the diagonal of G, which has no negative elements, in place; float64. */
export function limitScale(scaling: DampingScaling, diagonal: Tensor): void {
  const largest = maxAbs(diagonal), { size, pointer } = diagonal;
  if (scaling === "identity" || !(largest > 0)) fill(diagonal, 1);
  else if (scaling === "maximum") fill(diagonal, largest);
  else kernels("float64").clip(size, LEAST_SHARE * largest, Infinity, pointer);
}

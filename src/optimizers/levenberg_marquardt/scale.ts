import type { DampingScaling } from "./settings.ts";

/** The least share of the largest element that an element counts as: units that are saturated would run away. */
const LEAST_SHARE = 1e-6;

/** Makes D of the diagonal of G, in place. */
export function limitScale(scaling: DampingScaling, scale: Float64Array | Float32Array): void {
  let largest = 0;
  for (let i = 0; i < scale.length; i++) largest = Math.max(largest, scale[i]);
  if (scaling === "identity" || !(largest > 0)) scale.fill(1);
  else if (scaling === "maximum") scale.fill(largest);
  else for (let i = 0; i < scale.length; i++) scale[i] = Math.max(scale[i], LEAST_SHARE * largest);
}

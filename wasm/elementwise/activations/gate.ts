// What sigma was in y = x sigma(z), for the derivatives of silu and gelu-like activations: y / x, and 1/2 where x is so
// small (below 2^-100) that sigma(z) rounds to it and y may be subnormal.
import { select } from "../../inline/float";

export function gate<T>(x: v128, y: v128): v128 {
  const tiny = v128.lt<T>(v128.abs<T>(x), v128.splat<T>(<T> 7.888609052210118e-31));
  return select(tiny, v128.splat<T>(<T> 0.5), v128.div<T>(y, x));
}

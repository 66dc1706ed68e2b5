// y = e^x. Error < 1 ulp in both dtypes (float32: over all 2^32 inputs, and monotone); subnormal results rounded
// twice at most; e^-inf = 0, e^inf = inf, overflow is inf, NaN stays NaN.
import { clamp } from "../inline/float";
import { reduced, reduced_expm1, scale_by_exponent, shifted_exponent } from "./exp_core";
import { apply } from "./map";

/** e^x, lane by lane. */
export function exp<T>(value: v128): v128 {
  // beyond the clamp every result is 0 or inf
  const x = sizeof<T>() == 4 ? clamp<T>(value, <T> -104, <T> 89) : clamp<T>(value, <T> -746, <T> 710);
  const shifted = shifted_exponent<T>(x);
  const c = reduced_expm1<T>(reduced<T>(x, shifted));
  return scale_by_exponent<T>(v128.add<T>(v128.splat<T>(<T> 1), c), shifted);
}

@kernel(apply, "exp")
export class Exp<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return exp<T>(x);
  }
}

// y = 1 / (1 + e^-x). Error < 2 ulp in both dtypes, subnormal results included (float32: over all 2^32 inputs,
// and monotone, since every operation is); sigmoid(-inf) = 0, sigmoid(inf) = 1, NaN stays NaN.
import { clamp, power_of_two, select } from "../inline/float";
import { reduced, reduced_expm1, shifted_exponent } from "./exp_core";
import { apply } from "./map";

/** numerator / (1 + e^-x): the sigmoid for numerator 1, silu for numerator x.
 *  Below -40 it is (numerator / (2^-96 e^-x)) 2^-96, where neither overflow nor a subnormal divisor can spoil it. */
export function logistic<T>(value: v128, numerator: v128): v128 {
  const one = v128.splat<T>(<T> 1);
  // 1 from 37 on; 0 below -104 (-746), the larger bound serves numerators up to 800
  const x = sizeof<T>() == 4 ? clamp<T>(value, <T> -112, <T> 80) : clamp<T>(value, <T> -760, <T> 80);
  const tail = v128.lt<T>(x, v128.splat<T>(<T> -40));
  const minus = v128.neg<T>(x);
  const shifted = shifted_exponent<T>(minus);
  const c = reduced_expm1<T>(reduced<T>(minus, shifted));
  const power = power_of_two<T>(v128.sub<T>(shifted, v128.and(tail, v128.splat<T>(<T> 96))));
  // 1 + 2^k + 2^k c, ordered so that only the last addition rounds by a whole half ulp
  const unit = v128.andnot(one, tail);
  const rest = v128.mul<T>(power, c);
  const large = v128.gt<T>(power, one);
  const divisor = v128.add<T>(
    v128.add<T>(unit, select(large, rest, power)),
    select(large, power, rest),
  );
  const quotient = v128.div<T>(numerator, divisor);
  return v128.mul<T>(quotient, select(tail, v128.splat<T>(<T> 1.262177448353619e-29), one)); // 2^-96
}

/** 1 / (1 + e^-x), lane by lane. */
// @ts-ignore: decorator
@inline
export function sigmoid<T>(x: v128): v128 {
  return logistic<T>(x, v128.splat<T>(<T> 1));
}

@kernel(apply, "sigmoid")
export class Sigmoid<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return sigmoid<T>(x);
  }
}

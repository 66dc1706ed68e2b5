// e^(-x^2/2). The square is split, x = h + l with h of 12 (26) bits: -h^2/2 is exact and -l(x + h)/2 is added to
// the reduced argument, without which the rounding of x^2 would cost up to 40 (300) ulp. Error < 2 ulp.
import { shift_left, shift_right } from "../inline/float";
import { reduced, reduced_expm1, scale_by_exponent, shifted_exponent } from "./exp_core";

/** Below e^(-LIMIT^2/2) everything rounds to 0. */
// @ts-ignore: decorator
@inline
function limit<T>(): T {
  return sizeof<T>() == 4 ? <T> 14.5 : <T> 39;
}

export function gaussian<T>(value: v128): v128 {
  const x = v128.min<T>(v128.abs<T>(value), v128.splat<T>(limit<T>()));
  const low_bits = sizeof<T>() == 4 ? 12 : 27;
  const h = shift_left<T>(shift_right<T>(x, low_bits), low_bits);
  const half = v128.splat<T>(<T> -0.5);
  const main = v128.mul<T>(half, v128.mul<T>(h, h));
  const rest = v128.mul<T>(half, v128.mul<T>(v128.sub<T>(x, h), v128.add<T>(x, h)));
  const shifted = shifted_exponent<T>(v128.add<T>(main, rest));
  const c = reduced_expm1<T>(v128.add<T>(reduced<T>(main, shifted), rest));
  return scale_by_exponent<T>(v128.add<T>(v128.splat<T>(<T> 1), c), shifted);
}

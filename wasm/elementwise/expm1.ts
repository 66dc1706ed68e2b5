// e^x - 1 up to x = 80 (elu, selu, the Welsch loss, gates of LSTMs): (2^k - 1) + 2^k c, without the cancellation of e^x - 1.
// Error < 2 ulp up to 0, beyond one rounding more; -1 at -inf, e^80 - 1 from 80 on; NaN stays NaN.
import { clamp, power_of_two } from "../inline/float";
import { reduced, reduced_expm1, shifted_exponent } from "./exp_core";

export function expm1_to_80<T>(value: v128): v128 {
  const x = clamp<T>(value, <T> -40, <T> 80); // e^-40 < 2^-57
  const shifted = shifted_exponent<T>(x);
  const c = reduced_expm1<T>(reduced<T>(x, shifted));
  const power = power_of_two<T>(shifted);
  return v128.add<T>(v128.sub<T>(power, v128.splat<T>(<T> 1)), v128.mul<T>(power, c));
}

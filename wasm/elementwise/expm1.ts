// e^x - 1 for x <= 0 (elu, selu, the Welsch loss): (2^k - 1) + 2^k c, without the cancellation of e^x - 1.
// Error < 2 ulp; -1 at -inf; NaN stays NaN. For x > 0 the lanes hold no meaning.
import { power_of_two } from "../inline/float";
import { reduced, reduced_expm1, shifted_exponent } from "./exp_core";

export function expm1_nonpositive<T>(value: v128): v128 {
  const x = v128.max<T>(value, v128.splat<T>(<T> -40)); // e^-40 < 2^-57
  const shifted = shifted_exponent<T>(x);
  const c = reduced_expm1<T>(reduced<T>(x, shifted));
  const power = power_of_two<T>(shifted);
  return v128.add<T>(v128.sub<T>(power, v128.splat<T>(<T> 1)), v128.mul<T>(power, c));
}

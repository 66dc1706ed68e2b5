// y = ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|). Error < 4 ulp in both dtypes, however small the result; 0 at -inf, inf at
// inf, NaN stays NaN. ln(1 + e) is ln u + (e - (u - 1)) / u with u = 1 + e: the part of e that u lost, put back.
import { apply } from "./map";
import { exp } from "./exp";
import { log } from "./log";

/** ln(1 + e^x) for x <= 0. */
export function softplus_nonpositive<T>(x: v128): v128 {
  const one = v128.splat<T>(<T> 1);
  const e = exp<T>(x);
  const u = v128.add<T>(one, e);
  const lost = v128.sub<T>(e, v128.sub<T>(u, one));
  return v128.add<T>(log<T>(u), v128.div<T>(lost, u));
}

/** ln(1 + e^x), lane by lane. */
export function softplus<T>(x: v128): v128 {
  const rest = softplus_nonpositive<T>(v128.neg<T>(v128.abs<T>(x)));
  return v128.add<T>(v128.max<T>(x, v128.splat<T>(<T> 0)), rest);
}

@kernel(apply, "softplus")
export class Softplus<T> {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return softplus<T>(x);
  }
}

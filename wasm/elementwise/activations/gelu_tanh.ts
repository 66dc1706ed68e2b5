// phi(x) = x (1 + tanh q) / 2 = x sigma(2q), q = sqrt(2 / pi) (x + 0.044715 x^3) (Hendrycks & Gimpel 2016).
// phi' = sigma + x s', phi'' = 2 s' + x s'' with s(x) = sigma(2q), which is y / x in the derivatives. In the lower tail
// the rounding of q enters: the relative error is that of e^2q, about |2q| ulp.
import { clamp } from "../../inline/float";
import { load_step } from "../../inline/step";
import { logistic } from "../sigmoid";
import { d1, d2, value } from "./driver";
import { gate } from "./gate";

const ROOT: f64 = 1.5957691216057308; // 2 sqrt(2 / pi)

/** The derivative of 2q. */
// @ts-ignore: decorator
@inline
function inner_slope<T>(x: v128): v128 {
  const square = v128.mul<T>(v128.splat<T>(<T> 0.134145), v128.mul<T>(x, x));
  return v128.mul<T>(v128.splat<T>(<T> ROOT), v128.add<T>(v128.splat<T>(<T> 1), square));
}

@kernel(value, "gelu_tanh_value")
@kernel(d1, "gelu_tanh_d1")
@kernel(d2, "gelu_tanh_d2")
export class GeluTanh<T> {
  // @ts-ignore: decorator
  @inline
  value(x: v128, p: v128): v128 {
    const cubic = v128.mul<T>(v128.splat<T>(<T> 0.044715), v128.mul<T>(v128.mul<T>(x, x), x));
    const twice_q = v128.mul<T>(v128.splat<T>(<T> ROOT), v128.add<T>(x, cubic));
    // sigma is 0 below -64, also where the numerator is infinite
    return logistic<T>(twice_q, v128.max<T>(x, v128.splat<T>(<T> -64)));
  }

  // @ts-ignore: decorator
  @inline
  d1(x: usize, y: usize, n: i32, p: v128, t: v128): v128 {
    const at = load_step<T>(x, n);
    const s = gate<T>(at, load_step<T>(y, n));
    const bounded = clamp<T>(at, <T> -64, <T> 64); // beyond, s' is 0
    const slope = v128.mul<T>(v128.mul<T>(s, v128.sub<T>(v128.splat<T>(<T> 1), s)), inner_slope<T>(bounded));
    return v128.mul<T>(v128.add<T>(s, v128.mul<T>(bounded, slope)), t);
  }

  // @ts-ignore: decorator
  @inline
  d2(x: usize, y: usize, n: i32, p: v128): v128 {
    const at = load_step<T>(x, n);
    const s = gate<T>(at, load_step<T>(y, n));
    const one = v128.splat<T>(<T> 1);
    const two = v128.splat<T>(<T> 2);
    const bounded = clamp<T>(at, <T> -64, <T> 64);
    const slope = inner_slope<T>(bounded);
    const curvature = v128.mul<T>(v128.splat<T>(<T> (ROOT * 0.26829)), bounded);
    const skew = v128.mul<T>(v128.mul<T>(slope, slope), v128.sub<T>(one, v128.add<T>(s, s)));
    const sum = v128.add<T>(v128.mul<T>(two, slope), v128.mul<T>(bounded, v128.add<T>(curvature, skew)));
    return v128.mul<T>(v128.mul<T>(s, v128.sub<T>(one, s)), sum);
  }
}

// phi(x) = x Phi(x) with the normal distribution function Phi; phi' = Phi + x N, phi'' = N (2 - x^2), N its density
// e^(-x^2/2) / sqrt(2 pi). Phi is y / x in the derivatives. phi(-inf) = -0.
import { clamp } from "../../inline/float";
import { load_step } from "../../inline/step";
import { gaussian } from "../gaussian";
import { normal_cdf } from "../normal_cdf";
import { d1, d2, value } from "./driver";
import { gate } from "./gate";

/** e^(-x^2/2) / sqrt(2 pi). */
// @ts-ignore: decorator
@inline
function density<T>(x: v128): v128 {
  return v128.mul<T>(gaussian<T>(x), v128.splat<T>(<T> 0.3989422804014327));
}

@kernel(value, "gelu_value")
@kernel(d1, "gelu_d1")
@kernel(d2, "gelu_d2")
export class Gelu<T> {
  // @ts-ignore: decorator
  @inline
  value(x: v128, p: v128): v128 {
    // Phi is 0 below -39, also where the factor is infinite
    return v128.mul<T>(v128.max<T>(x, v128.splat<T>(<T> -40)), normal_cdf<T>(x));
  }

  // @ts-ignore: decorator
  @inline
  d1(x: usize, y: usize, n: i32, p: v128, t: v128): v128 {
    const at = load_step<T>(x, n);
    const slope = v128.add<T>(gate<T>(at, load_step<T>(y, n)), v128.mul<T>(at, density<T>(at)));
    return v128.mul<T>(slope, t);
  }

  // @ts-ignore: decorator
  @inline
  d2(x: usize, y: usize, n: i32, p: v128): v128 {
    const at = clamp<T>(load_step<T>(x, n), <T> -40, <T> 40);
    return v128.mul<T>(density<T>(at), v128.sub<T>(v128.splat<T>(<T> 2), v128.mul<T>(at, at)));
  }
}

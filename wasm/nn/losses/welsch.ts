// Welsch's loss 1 - e^(-r^2/2), r = z - y, not convex: gradient e^(-r^2/2) r, Hessian e^(-r^2/2) (1 - r^2). The bound on r
// keeps r^2 finite where the exponential is 0.
import { expm1_nonpositive } from "../../elementwise/expm1";
import { gaussian } from "../../elementwise/gaussian";
import { clamp } from "../../inline/float";
import { hessian, loss } from "./driver";

// @ts-ignore: decorator
@inline
function bounded<T>(z: v128, y: v128): v128 {
  return clamp<T>(v128.sub<T>(z, y), <T> -40, <T> 40);
}

class Welsch<T> {
  // @ts-ignore: decorator
  @inline
  value(z: v128, y: v128, p: v128): v128 {
    const r = bounded<T>(z, y);
    const half_square = v128.mul<T>(v128.splat<T>(<T> -0.5), v128.mul<T>(r, r));
    return v128.neg<T>(expm1_nonpositive<T>(half_square));
  }

  // @ts-ignore: decorator
  @inline
  gradient(z: v128, y: v128, p: v128): v128 {
    const r = bounded<T>(z, y);
    return v128.mul<T>(gaussian<T>(r), r);
  }

  // @ts-ignore: decorator
  @inline
  curvature(z: v128, y: v128, p: v128): v128 {
    const r = bounded<T>(z, y);
    return v128.mul<T>(gaussian<T>(r), v128.sub<T>(v128.splat<T>(<T> 1), v128.mul<T>(r, r)));
  }
}

export function f32_welsch_loss(n: i32, parameter: f32, z: usize, y: usize, g: usize): f64 {
  return loss<f32, Welsch<f32>>(n, parameter, z, y, g);
}

export function f32_welsch_hessian(n: i32, parameter: f32, z: usize, y: usize, u: usize, out: usize): void {
  hessian<f32, Welsch<f32>>(n, parameter, z, y, u, out);
}

export function f64_welsch_loss(n: i32, parameter: f64, z: usize, y: usize, g: usize): f64 {
  return loss<f64, Welsch<f64>>(n, parameter, z, y, g);
}

export function f64_welsch_hessian(n: i32, parameter: f64, z: usize, y: usize, u: usize, out: usize): void {
  hessian<f64, Welsch<f64>>(n, parameter, z, y, u, out);
}

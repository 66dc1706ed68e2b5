// Huber's loss: r^2 / 2 for |r| <= p, else p (|r| - p / 2), r = z - y: g (r - g / 2) with the gradient g, r clipped to
// [-p, p]. The Hessian is 1 or 0.
import { hessian, loss } from "./driver";

/** r bounded by p on both sides. */
// @ts-ignore: decorator
@inline
function clipped<T>(r: v128, p: v128): v128 {
  return v128.min<T>(v128.max<T>(r, v128.neg<T>(p)), p);
}

class Huber<T> {
  // @ts-ignore: decorator
  @inline
  value(z: v128, y: v128, p: v128): v128 {
    const r = v128.sub<T>(z, y);
    const g = clipped<T>(r, p);
    return v128.mul<T>(g, v128.sub<T>(r, v128.mul<T>(v128.splat<T>(<T> 0.5), g)));
  }

  // @ts-ignore: decorator
  @inline
  gradient(z: v128, y: v128, p: v128): v128 {
    return clipped<T>(v128.sub<T>(z, y), p);
  }

  // @ts-ignore: decorator
  @inline
  curvature(z: v128, y: v128, p: v128): v128 {
    const inside = v128.le<T>(v128.abs<T>(v128.sub<T>(z, y)), p);
    return v128.and(inside, v128.splat<T>(<T> 1));
  }
}

export function f32_huber_loss(n: i32, parameter: f32, z: usize, y: usize, g: usize): f64 {
  return loss<f32, Huber<f32>>(n, parameter, z, y, g);
}

export function f32_huber_hessian(n: i32, parameter: f32, z: usize, y: usize, u: usize, out: usize): void {
  hessian<f32, Huber<f32>>(n, parameter, z, y, u, out);
}

export function f64_huber_loss(n: i32, parameter: f64, z: usize, y: usize, g: usize): f64 {
  return loss<f64, Huber<f64>>(n, parameter, z, y, g);
}

export function f64_huber_hessian(n: i32, parameter: f64, z: usize, y: usize, u: usize, out: usize): void {
  hessian<f64, Huber<f64>>(n, parameter, z, y, u, out);
}

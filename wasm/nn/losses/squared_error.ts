// The loss (z - y)^2 / 2; gradient z - y, Hessian 1.
import { hessian, loss } from "./driver";

class SquaredError<T> {
  // @ts-ignore: decorator
  @inline
  value(z: v128, y: v128, p: v128): v128 {
    const r = v128.sub<T>(z, y);
    return v128.mul<T>(v128.splat<T>(<T> 0.5), v128.mul<T>(r, r));
  }

  // @ts-ignore: decorator
  @inline
  gradient(z: v128, y: v128, p: v128): v128 {
    return v128.sub<T>(z, y);
  }

  // @ts-ignore: decorator
  @inline
  curvature(z: v128, y: v128, p: v128): v128 {
    return v128.splat<T>(<T> 1);
  }
}

export function f32_squared_error_loss(n: i32, parameter: f32, z: usize, y: usize, g: usize): f64 {
  return loss<f32, SquaredError<f32>>(n, parameter, z, y, g);
}

export function f32_squared_error_hessian(n: i32, parameter: f32, z: usize, y: usize, u: usize, out: usize): void {
  hessian<f32, SquaredError<f32>>(n, parameter, z, y, u, out);
}

export function f64_squared_error_loss(n: i32, parameter: f64, z: usize, y: usize, g: usize): f64 {
  return loss<f64, SquaredError<f64>>(n, parameter, z, y, g);
}

export function f64_squared_error_hessian(n: i32, parameter: f64, z: usize, y: usize, u: usize, out: usize): void {
  hessian<f64, SquaredError<f64>>(n, parameter, z, y, u, out);
}

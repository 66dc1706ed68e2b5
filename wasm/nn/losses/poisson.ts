// The negative log likelihood of a Poisson count y with rate e^z, without the constant ln y!: e^z - y z; gradient e^z - y,
// Hessian e^z.
import { exp } from "../../elementwise/exp";
import { hessian, loss } from "./driver";

class Poisson<T> {
  // @ts-ignore: decorator
  @inline
  value(z: v128, y: v128, p: v128): v128 {
    return v128.sub<T>(exp<T>(z), v128.mul<T>(y, z));
  }

  // @ts-ignore: decorator
  @inline
  gradient(z: v128, y: v128, p: v128): v128 {
    return v128.sub<T>(exp<T>(z), y);
  }

  // @ts-ignore: decorator
  @inline
  curvature(z: v128, y: v128, p: v128): v128 {
    return exp<T>(z);
  }
}

export function f32_poisson_loss(n: i32, parameter: f32, z: usize, y: usize, g: usize): f64 {
  return loss<f32, Poisson<f32>>(n, parameter, z, y, g);
}

export function f32_poisson_hessian(n: i32, parameter: f32, z: usize, y: usize, u: usize, out: usize): void {
  hessian<f32, Poisson<f32>>(n, parameter, z, y, u, out);
}

export function f64_poisson_loss(n: i32, parameter: f64, z: usize, y: usize, g: usize): f64 {
  return loss<f64, Poisson<f64>>(n, parameter, z, y, g);
}

export function f64_poisson_hessian(n: i32, parameter: f64, z: usize, y: usize, u: usize, out: usize): void {
  hessian<f64, Poisson<f64>>(n, parameter, z, y, u, out);
}

// phi(x) = x for x > 0, else p x with the parameter p as slope.
import { select } from "../../inline/float";
import { load_step } from "../../inline/step";
import { d1, d2_zero, value } from "./driver";

class LeakyRelu<T> {
  // @ts-ignore: decorator
  @inline
  value(x: v128, p: v128): v128 {
    return select(v128.gt<T>(x, v128.splat<T>(<T> 0)), x, v128.mul<T>(p, x));
  }

  // @ts-ignore: decorator
  @inline
  d1(x: usize, y: usize, n: i32, p: v128, t: v128): v128 {
    return select(v128.gt<T>(load_step<T>(x, n), v128.splat<T>(<T> 0)), t, v128.mul<T>(p, t));
  }
}

export function f32_leaky_relu_value(n: i32, parameter: f32, x: usize, y: usize): void {
  value<f32, LeakyRelu<f32>>(n, parameter, x, y);
}

export function f32_leaky_relu_d1(n: i32, parameter: f32, x: usize, y: usize, t: usize, out: usize): void {
  d1<f32, LeakyRelu<f32>>(n, parameter, x, y, t, out);
}

export function f32_leaky_relu_d2(n: i32, parameter: f32, x: usize, y: usize, t: usize, out: usize): void {
  d2_zero<f32>(n, out);
}

export function f64_leaky_relu_value(n: i32, parameter: f64, x: usize, y: usize): void {
  value<f64, LeakyRelu<f64>>(n, parameter, x, y);
}

export function f64_leaky_relu_d1(n: i32, parameter: f64, x: usize, y: usize, t: usize, out: usize): void {
  d1<f64, LeakyRelu<f64>>(n, parameter, x, y, t, out);
}

export function f64_leaky_relu_d2(n: i32, parameter: f64, x: usize, y: usize, t: usize, out: usize): void {
  d2_zero<f64>(n, out);
}

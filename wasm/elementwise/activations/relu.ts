// phi(x) = max(x, 0). phi' = 1 for x > 0, else 0. NaN stays NaN.
import { load_step } from "../../inline/step";
import { d1, d2_zero, value } from "./driver";

class Relu<T> {
  // @ts-ignore: decorator
  @inline
  value(x: v128, p: v128): v128 {
    // not v128.max, which costs seven instructions on x86
    return v128.andnot(x, v128.le<T>(x, v128.splat<T>(<T> 0)));
  }

  // @ts-ignore: decorator
  @inline
  d1(x: usize, y: usize, n: i32, p: v128, t: v128): v128 {
    return v128.and(v128.gt<T>(load_step<T>(x, n), v128.splat<T>(<T> 0)), t);
  }
}

export function f32_relu_value(n: i32, parameter: f32, x: usize, y: usize): void {
  value<f32, Relu<f32>>(n, parameter, x, y);
}

export function f32_relu_d1(n: i32, parameter: f32, x: usize, y: usize, t: usize, out: usize): void {
  d1<f32, Relu<f32>>(n, parameter, x, y, t, out);
}

export function f32_relu_d2(n: i32, parameter: f32, x: usize, y: usize, t: usize, out: usize): void {
  d2_zero<f32>(n, out);
}

export function f64_relu_value(n: i32, parameter: f64, x: usize, y: usize): void {
  value<f64, Relu<f64>>(n, parameter, x, y);
}

export function f64_relu_d1(n: i32, parameter: f64, x: usize, y: usize, t: usize, out: usize): void {
  d1<f64, Relu<f64>>(n, parameter, x, y, t, out);
}

export function f64_relu_d2(n: i32, parameter: f64, x: usize, y: usize, t: usize, out: usize): void {
  d2_zero<f64>(n, out);
}

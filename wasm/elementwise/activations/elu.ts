// phi(x) = x for x > 0, else p (e^x - 1) with the parameter p. For x <= 0 phi' = phi'' = p e^x = y + p.
import { select } from "../../inline/float";
import { load_step } from "../../inline/step";
import { expm1_to_80 } from "../expm1";
import { d1, d2, value } from "./driver";

class Elu<T> {
  // @ts-ignore: decorator
  @inline
  value(x: v128, p: v128): v128 {
    return select(v128.gt<T>(x, v128.splat<T>(<T> 0)), x, v128.mul<T>(p, expm1_to_80<T>(x)));
  }

  // @ts-ignore: decorator
  @inline
  d1(x: usize, y: usize, n: i32, p: v128, t: v128): v128 {
    const slope = v128.add<T>(load_step<T>(y, n), p);
    return select(v128.gt<T>(load_step<T>(x, n), v128.splat<T>(<T> 0)), t, v128.mul<T>(slope, t));
  }

  // @ts-ignore: decorator
  @inline
  d2(x: usize, y: usize, n: i32, p: v128): v128 {
    const curvature = v128.add<T>(load_step<T>(y, n), p);
    return v128.andnot(curvature, v128.gt<T>(load_step<T>(x, n), v128.splat<T>(<T> 0)));
  }
}

export function f32_elu_value(n: i32, parameter: f32, x: usize, y: usize): void {
  value<f32, Elu<f32>>(n, parameter, x, y);
}

export function f32_elu_d1(n: i32, parameter: f32, x: usize, y: usize, t: usize, out: usize): void {
  d1<f32, Elu<f32>>(n, parameter, x, y, t, out);
}

export function f32_elu_d2(n: i32, parameter: f32, x: usize, y: usize, t: usize, out: usize): void {
  d2<f32, Elu<f32>>(n, parameter, x, y, t, out);
}

export function f64_elu_value(n: i32, parameter: f64, x: usize, y: usize): void {
  value<f64, Elu<f64>>(n, parameter, x, y);
}

export function f64_elu_d1(n: i32, parameter: f64, x: usize, y: usize, t: usize, out: usize): void {
  d1<f64, Elu<f64>>(n, parameter, x, y, t, out);
}

export function f64_elu_d2(n: i32, parameter: f64, x: usize, y: usize, t: usize, out: usize): void {
  d2<f64, Elu<f64>>(n, parameter, x, y, t, out);
}

// phi(x) = ln(1 + e^x); phi' = sigma(x), phi'' = sigma (1 - sigma). 1 - e^-y would spare nothing: it costs as much.
import { load_step } from "../../inline/step";
import { sigmoid } from "../sigmoid";
import { softplus } from "../softplus";
import { d1, d2, value } from "./driver";

class Softplus<T> {
  // @ts-ignore: decorator
  @inline
  value(x: v128, p: v128): v128 {
    return softplus<T>(x);
  }

  // @ts-ignore: decorator
  @inline
  d1(x: usize, y: usize, n: i32, p: v128, t: v128): v128 {
    return v128.mul<T>(sigmoid<T>(load_step<T>(x, n)), t);
  }

  // @ts-ignore: decorator
  @inline
  d2(x: usize, y: usize, n: i32, p: v128): v128 {
    const s = sigmoid<T>(load_step<T>(x, n));
    return v128.mul<T>(s, v128.sub<T>(v128.splat<T>(<T> 1), s));
  }
}

export function f32_softplus_value(n: i32, parameter: f32, x: usize, y: usize): void {
  value<f32, Softplus<f32>>(n, parameter, x, y);
}

export function f32_softplus_d1(n: i32, parameter: f32, x: usize, y: usize, t: usize, out: usize): void {
  d1<f32, Softplus<f32>>(n, parameter, x, y, t, out);
}

export function f32_softplus_d2(n: i32, parameter: f32, x: usize, y: usize, t: usize, out: usize): void {
  d2<f32, Softplus<f32>>(n, parameter, x, y, t, out);
}

export function f64_softplus_value(n: i32, parameter: f64, x: usize, y: usize): void {
  value<f64, Softplus<f64>>(n, parameter, x, y);
}

export function f64_softplus_d1(n: i32, parameter: f64, x: usize, y: usize, t: usize, out: usize): void {
  d1<f64, Softplus<f64>>(n, parameter, x, y, t, out);
}

export function f64_softplus_d2(n: i32, parameter: f64, x: usize, y: usize, t: usize, out: usize): void {
  d2<f64, Softplus<f64>>(n, parameter, x, y, t, out);
}

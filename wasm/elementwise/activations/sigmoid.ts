// phi = sigma, 1 / (1 + e^-x); phi' = y (1 - y), phi'' = phi' (1 - 2y).
import { load_step } from "../../inline/step";
import { sigmoid } from "../sigmoid";
import { d1, d2, value } from "./driver";

// @ts-ignore: decorator
@inline
function slope<T>(y: v128): v128 {
  return v128.mul<T>(y, v128.sub<T>(v128.splat<T>(<T> 1), y));
}

@kernel(value, "sigmoid_value")
@kernel(d1, "sigmoid_d1")
@kernel(d2, "sigmoid_d2")
export class Sigmoid<T> {
  // @ts-ignore: decorator
  @inline
  value(x: v128, p: v128): v128 {
    return sigmoid<T>(x);
  }

  // @ts-ignore: decorator
  @inline
  d1(x: usize, y: usize, n: i32, p: v128, t: v128): v128 {
    return v128.mul<T>(slope<T>(load_step<T>(y, n)), t);
  }

  // @ts-ignore: decorator
  @inline
  d2(x: usize, y: usize, n: i32, p: v128): v128 {
    const at = load_step<T>(y, n);
    return v128.mul<T>(slope<T>(at), v128.sub<T>(v128.splat<T>(<T> 1), v128.add<T>(at, at)));
  }
}

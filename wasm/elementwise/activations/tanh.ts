// phi = tanh; phi' = (1 - y)(1 + y), phi'' = -2 y phi'.
import { load_step } from "../../inline/step";
import { tanh } from "../tanh";
import { d1, d2, value } from "./driver";

// @ts-ignore: decorator
@inline
function slope<T>(y: v128): v128 {
  const one = v128.splat<T>(<T> 1);
  return v128.mul<T>(v128.sub<T>(one, y), v128.add<T>(one, y));
}

@kernel(value, "tanh_value")
@kernel(d1, "tanh_d1")
@kernel(d2, "tanh_d2")
export class Tanh<T> {
  // @ts-ignore: decorator
  @inline
  value(x: v128, p: v128): v128 {
    return tanh<T>(x);
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
    return v128.mul<T>(v128.mul<T>(v128.splat<T>(<T> -2), at), slope<T>(at));
  }
}

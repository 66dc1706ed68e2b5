// phi(x) = x for x > 0, else p x with the parameter p as slope.
import { select } from "../../inline/float";
import { load_step } from "../../inline/step";
import { d1, d2_zero, value } from "./driver";

@kernel(value, "leaky_relu_value")
@kernel(d1, "leaky_relu_d1")
@kernel(d2_zero, "leaky_relu_d2")
export class LeakyRelu<T> {
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

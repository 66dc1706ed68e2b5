// phi(x) = max(x, 0). phi' = 1 for x > 0, else 0. NaN stays NaN.
import { load_step } from "../../inline/step";
import { d1, d2_zero, value } from "./driver";

@kernel(value, "relu_value")
@kernel(d1, "relu_d1")
@kernel(d2_zero, "relu_d2")
export class Relu<T> {
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

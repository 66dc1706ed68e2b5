// phi(x) = x for x > 0, else p (e^x - 1) with the parameter p. For x <= 0 phi' = phi'' = p e^x = y + p.
import { select } from "../../inline/float";
import { load_step } from "../../inline/step";
import { expm1_to_80 } from "../expm1";
import { d1, d2, value } from "./driver";

@kernel(value, "elu_value")
@kernel(d1, "elu_d1")
@kernel(d2, "elu_d2")
export class Elu<T> {
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

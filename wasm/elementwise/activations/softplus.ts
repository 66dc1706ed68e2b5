// phi(x) = ln(1 + e^x); phi' = sigma(x), phi'' = sigma (1 - sigma). 1 - e^-y would spare nothing: it costs as much.
import { load_step } from "../../inline/step";
import { sigmoid } from "../sigmoid";
import { softplus } from "../softplus";
import { d1, d2, value } from "./driver";

@kernel(value, "softplus_value")
@kernel(d1, "softplus_d1")
@kernel(d2, "softplus_d2")
export class Softplus<T> {
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

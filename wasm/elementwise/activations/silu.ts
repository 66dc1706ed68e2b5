// phi(x) = x sigma(x); phi' = sigma + y (1 - sigma), phi'' = (1 - sigma) (2 sigma + y (1 - 2 sigma)), sigma = y / x.
// phi(-inf) = -0.
import { load_step } from "../../inline/step";
import { logistic } from "../sigmoid";
import { d1, d2, value } from "./driver";
import { gate } from "./gate";

@kernel(value, "silu_value")
@kernel(d1, "silu_d1")
@kernel(d2, "silu_d2")
export class Silu<T> {
  // @ts-ignore: decorator
  @inline
  value(x: v128, p: v128): v128 {
    // sigma is 0 there, also where the numerator is infinite
    return logistic<T>(x, v128.max<T>(x, v128.splat<T>(<T> -800)));
  }

  // @ts-ignore: decorator
  @inline
  d1(x: usize, y: usize, n: i32, p: v128, t: v128): v128 {
    const at = load_step<T>(y, n);
    const s = gate<T>(load_step<T>(x, n), at);
    return v128.mul<T>(v128.add<T>(s, v128.mul<T>(at, v128.sub<T>(v128.splat<T>(<T> 1), s))), t);
  }

  // @ts-ignore: decorator
  @inline
  d2(x: usize, y: usize, n: i32, p: v128): v128 {
    const at = load_step<T>(y, n);
    const s = gate<T>(load_step<T>(x, n), at);
    const one = v128.splat<T>(<T> 1);
    const twice = v128.add<T>(s, s);
    const sum = v128.add<T>(twice, v128.mul<T>(at, v128.sub<T>(one, twice)));
    return v128.mul<T>(v128.sub<T>(one, s), sum);
  }
}

// phi(x) = L x for x > 0, else L A (e^x - 1) (Klambauer et al. 2017). For x <= 0 phi' = phi'' = L A e^x = y + L A.
import { select } from "../../inline/float";
import { load_step } from "../../inline/step";
import { expm1_to_80 } from "../expm1";
import { d1, d2, value } from "./driver";

const L: f64 = 1.0507009873554805;
const LA: f64 = 1.7580993408473766;

@kernel(value, "selu_value")
@kernel(d1, "selu_d1")
@kernel(d2, "selu_d2")
export class Selu<T> {
  // @ts-ignore: decorator
  @inline
  value(x: v128, p: v128): v128 {
    const negative = v128.mul<T>(v128.splat<T>(<T> LA), expm1_to_80<T>(x));
    return select(v128.gt<T>(x, v128.splat<T>(<T> 0)), v128.mul<T>(v128.splat<T>(<T> L), x), negative);
  }

  // @ts-ignore: decorator
  @inline
  d1(x: usize, y: usize, n: i32, p: v128, t: v128): v128 {
    const negative = v128.add<T>(load_step<T>(y, n), v128.splat<T>(<T> LA));
    const positive = v128.gt<T>(load_step<T>(x, n), v128.splat<T>(<T> 0));
    return v128.mul<T>(select(positive, v128.splat<T>(<T> L), negative), t);
  }

  // @ts-ignore: decorator
  @inline
  d2(x: usize, y: usize, n: i32, p: v128): v128 {
    const curvature = v128.add<T>(load_step<T>(y, n), v128.splat<T>(<T> LA));
    return v128.andnot(curvature, v128.gt<T>(load_step<T>(x, n), v128.splat<T>(<T> 0)));
  }
}

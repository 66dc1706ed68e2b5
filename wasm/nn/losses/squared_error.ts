// The loss (z - y)^2 / 2; gradient z - y, Hessian 1.
import { hessian, loss } from "./driver";

@kernel(loss, "squared_error_loss")
@kernel(hessian, "squared_error_hessian")
export class SquaredError<T> {
  // @ts-ignore: decorator
  @inline
  value(z: v128, y: v128, p: v128): v128 {
    const r = v128.sub<T>(z, y);
    return v128.mul<T>(v128.splat<T>(<T> 0.5), v128.mul<T>(r, r));
  }

  // @ts-ignore: decorator
  @inline
  gradient(z: v128, y: v128, p: v128): v128 {
    return v128.sub<T>(z, y);
  }

  // @ts-ignore: decorator
  @inline
  curvature(z: v128, y: v128, p: v128): v128 {
    return v128.splat<T>(<T> 1);
  }
}

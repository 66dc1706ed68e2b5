// The cross entropy of sigma(z) against y in [0, 1]: ln(1 + e^z) - y z, computed as ln(1 + e^-|z|) + (max(z, 0) - y z)
// so that nothing overflows or cancels; gradient sigma - y, Hessian sigma (1 - sigma).
import { sigmoid } from "../../elementwise/sigmoid";
import { softplus_nonpositive } from "../../elementwise/softplus";
import { hessian, loss } from "./driver";

@kernel(loss, "sigmoid_xent_loss")
@kernel(hessian, "sigmoid_xent_hessian")
export class SigmoidXent<T> {
  // @ts-ignore: decorator
  @inline
  value(z: v128, y: v128, p: v128): v128 {
    const linear = v128.sub<T>(v128.max<T>(z, v128.splat<T>(<T> 0)), v128.mul<T>(y, z));
    return v128.add<T>(softplus_nonpositive<T>(v128.neg<T>(v128.abs<T>(z))), linear);
  }

  // @ts-ignore: decorator
  @inline
  gradient(z: v128, y: v128, p: v128): v128 {
    return v128.sub<T>(sigmoid<T>(z), y);
  }

  // @ts-ignore: decorator
  @inline
  curvature(z: v128, y: v128, p: v128): v128 {
    // sigma(z) sigma(-z) loses nothing for large |z|, unlike 1 - sigma
    const s = sigmoid<T>(v128.abs<T>(z));
    return v128.mul<T>(s, sigmoid<T>(v128.neg<T>(v128.abs<T>(z))));
  }
}

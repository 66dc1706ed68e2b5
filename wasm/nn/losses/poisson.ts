// The negative log likelihood of a Poisson count y with rate e^z, without the constant ln y!: e^z - y z; gradient e^z - y,
// Hessian e^z.
import { exp } from "../../elementwise/exp";
import { hessian, loss } from "./driver";

@kernel(loss, "poisson_loss")
@kernel(hessian, "poisson_hessian")
export class Poisson<T> {
  // @ts-ignore: decorator
  @inline
  value(z: v128, y: v128, p: v128): v128 {
    return v128.sub<T>(exp<T>(z), v128.mul<T>(y, z));
  }

  // @ts-ignore: decorator
  @inline
  gradient(z: v128, y: v128, p: v128): v128 {
    return v128.sub<T>(exp<T>(z), y);
  }

  // @ts-ignore: decorator
  @inline
  curvature(z: v128, y: v128, p: v128): v128 {
    return exp<T>(z);
  }
}

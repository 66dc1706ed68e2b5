// Huber's loss: r^2 / 2 for |r| <= p, else p (|r| - p / 2), r = z - y: g (r - g / 2) with the gradient g, r clipped to
// [-p, p]. The Hessian is 1 or 0.
import { hessian, loss } from "./driver";

/** r bounded by p on both sides. */
// @ts-ignore: decorator
@inline
function clipped<T>(r: v128, p: v128): v128 {
  return v128.min<T>(v128.max<T>(r, v128.neg<T>(p)), p);
}

@kernel(loss, "huber_loss")
@kernel(hessian, "huber_hessian")
export class Huber<T> {
  // @ts-ignore: decorator
  @inline
  value(z: v128, y: v128, p: v128): v128 {
    const r = v128.sub<T>(z, y);
    const g = clipped<T>(r, p);
    return v128.mul<T>(g, v128.sub<T>(r, v128.mul<T>(v128.splat<T>(<T> 0.5), g)));
  }

  // @ts-ignore: decorator
  @inline
  gradient(z: v128, y: v128, p: v128): v128 {
    return clipped<T>(v128.sub<T>(z, y), p);
  }

  // @ts-ignore: decorator
  @inline
  curvature(z: v128, y: v128, p: v128): v128 {
    const inside = v128.le<T>(v128.abs<T>(v128.sub<T>(z, y)), p);
    return v128.and(inside, v128.splat<T>(<T> 1));
  }
}

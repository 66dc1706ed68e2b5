// p^2 (sqrt(1 + (r / p)^2) - 1), r = z - y, computed without cancellation as r^2 / (1 + w), w = sqrt(1 + (r / p)^2);
// gradient r / w, Hessian w^-3.
import { hessian, loss } from "./driver";

// @ts-ignore: decorator
@inline
function root<T>(r: v128, p: v128): v128 {
  const q = v128.div<T>(r, p);
  return v128.sqrt<T>(v128.add<T>(v128.splat<T>(<T> 1), v128.mul<T>(q, q)));
}

@kernel(loss, "pseudo_huber_loss")
@kernel(hessian, "pseudo_huber_hessian")
export class PseudoHuber<T> {
  // @ts-ignore: decorator
  @inline
  value(z: v128, y: v128, p: v128): v128 {
    const r = v128.sub<T>(z, y);
    const w = root<T>(r, p);
    return v128.mul<T>(r, v128.div<T>(r, v128.add<T>(v128.splat<T>(<T> 1), w)));
  }

  // @ts-ignore: decorator
  @inline
  gradient(z: v128, y: v128, p: v128): v128 {
    const r = v128.sub<T>(z, y);
    return v128.div<T>(r, root<T>(r, p));
  }

  // @ts-ignore: decorator
  @inline
  curvature(z: v128, y: v128, p: v128): v128 {
    const w = root<T>(v128.sub<T>(z, y), p);
    return v128.div<T>(v128.splat<T>(<T> 1), v128.mul<T>(w, v128.mul<T>(w, w)));
  }
}

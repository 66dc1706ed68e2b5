// The loops of the elementwise losses. F holds value(z, y, p), gradient(z, y, p) and curvature(z, y, p), the last being the
// diagonal of the Hessian. The sum of the values is taken in float64: one accumulator per lane, in order of
// the vectors, then lane 0 + lane 1 (+ lane 2 + lane 3): it depends on n alone.
import { lanes } from "../../inline/lanes";
import { first_lanes, load_some, store_some } from "../../inline/partial";

/** Sum of the losses; g := their gradient unless g is 0. */
// @ts-ignore: decorator
@inline
export function loss<T, F>(n: i32, parameter: T, z: usize, y: usize, g: usize): f64 {
  const f = changetype<F>(0);
  const p = v128.splat<T>(parameter);
  let sum01 = f64x2.splat(0), sum23 = f64x2.splat(0);
  const step: usize = g == 0 ? 0 : 16;
  for (; n > 0; n -= lanes<T>(), z += 16, y += 16, g += step) {
    const zs = load_some<T>(z, n);
    const ys = load_some<T>(y, n);
    const value = v128.and(f.value(zs, ys, p), first_lanes<T>(n));
    if (sizeof<T>() == 4) {
      sum01 = f64x2.add(sum01, f64x2.promote_low_f32x4(value));
      sum23 = f64x2.add(sum23, f64x2.promote_low_f32x4(v128.shuffle<f64>(value, value, 1, 0)));
    } else {
      sum01 = f64x2.add(sum01, value);
    }
    if (g != 0) store_some<T>(g, f.gradient(zs, ys, p), n);
  }
  const first = f64x2.extract_lane(sum01, 0) + f64x2.extract_lane(sum01, 1);
  return first + (f64x2.extract_lane(sum23, 0) + f64x2.extract_lane(sum23, 1));
}

/** out := H u. out may alias u. */
// @ts-ignore: decorator
@inline
export function hessian<T, F>(n: i32, parameter: T, z: usize, y: usize, u: usize, out: usize): void {
  const f = changetype<F>(0);
  const p = v128.splat<T>(parameter);
  for (; n > 0; n -= lanes<T>(), z += 16, y += 16, u += 16, out += 16) {
    const curvature = f.curvature(load_some<T>(z, n), load_some<T>(y, n), p);
    store_some<T>(out, v128.mul<T>(curvature, load_some<T>(u, n)), n);
  }
}

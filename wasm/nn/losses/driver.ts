// The loops of the elementwise losses. F holds value(z, y, p), gradient(z, y, p) and curvature(z, y, p), the last being the
// diagonal of the Hessian. The sum of the values is taken in float64: one accumulator per lane, in order of
// the vectors, then lane 0 + lane 1 (+ lane 2 + lane 3): it depends on n alone.
import { counted, load_step, step, store_step } from "../../inline/step";

/** Sum of the losses; g := their gradient unless g is 0. */
// @ts-ignore: decorator
@inline
export function loss<T, F>(n: i32, parameter: T, z: usize, y: usize, g: usize): f64 {
  const f = changetype<F>(0);
  const p = v128.splat<T>(parameter);
  let sum01 = f64x2.splat(0), sum23 = f64x2.splat(0);
  while (n > 0) {
    const count = step<T>(n);
    const bytes = <usize> count * sizeof<T>();
    const zs = load_step<T>(z, count);
    const ys = load_step<T>(y, count);
    const value = counted<T>(f.value(zs, ys, p), count);
    if (sizeof<T>() == 4) {
      sum01 = f64x2.add(sum01, f64x2.promote_low_f32x4(value));
      sum23 = f64x2.add(sum23, f64x2.promote_low_f32x4(v128.shuffle<f64>(value, value, 1, 0)));
    } else {
      sum01 = f64x2.add(sum01, value);
    }
    if (g != 0) {
      store_step<T>(g, f.gradient(zs, ys, p), count);
      g += bytes;
    }
    n -= count;
    z += bytes;
    y += bytes;
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
  while (n > 0) {
    const count = step<T>(n);
    const bytes = <usize> count * sizeof<T>();
    const curvature = f.curvature(load_step<T>(z, count), load_step<T>(y, count), p);
    store_step<T>(out, v128.mul<T>(curvature, load_step<T>(u, count)), count);
    n -= count;
    z += bytes;
    y += bytes;
    u += bytes;
    out += bytes;
  }
}

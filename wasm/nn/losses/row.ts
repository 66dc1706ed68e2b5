// What the softmax losses need of a row of logits. Sums are in float64, in order of the elements (row_exp: one
// accumulator per lane, then lane 0 + lane 1 (+ lane 2 + lane 3)), so they depend on the row length alone.
import { exp } from "../../elementwise/exp";
import { counted, load_step, step, store_step } from "../../inline/step";

/** The largest of n >= 1 elements; NaN if one is. */
export function row_max<T>(n: i32, z: usize): T {
  let result = load<T>(z);
  for (let i = 1; i < n; i++) result = max<T>(result, load<T>(z + <usize> i * sizeof<T>()));
  return result;
}

/** Sum of e^(z - shift); out := the terms, unless out is 0. out may alias z. */
export function row_exp<T>(n: i32, z: usize, shift: T, out: usize): f64 {
  const shifts = v128.splat<T>(shift);
  let sum01 = f64x2.splat(0), sum23 = f64x2.splat(0);
  while (n > 0) {
    const count = step<T>(n);
    const bytes = <usize> count * sizeof<T>();
    const e = exp<T>(v128.sub<T>(load_step<T>(z, count), shifts));
    const kept = counted<T>(e, count);
    if (sizeof<T>() == 4) {
      sum01 = f64x2.add(sum01, f64x2.promote_low_f32x4(kept));
      sum23 = f64x2.add(sum23, f64x2.promote_low_f32x4(v128.shuffle<f64>(kept, kept, 1, 0)));
    } else {
      sum01 = f64x2.add(sum01, kept);
    }
    if (out != 0) {
      store_step<T>(out, e, count);
      out += bytes;
    }
    n -= count;
    z += bytes;
  }
  const first = f64x2.extract_lane(sum01, 0) + f64x2.extract_lane(sum01, 1);
  return first + (f64x2.extract_lane(sum23, 0) + f64x2.extract_lane(sum23, 1));
}

/** x := alpha x. */
export function row_scale<T>(n: i32, alpha: f64, x: usize): void {
  const end = x + <usize> n * sizeof<T>();
  for (; x < end; x += sizeof<T>()) store<T>(x, <T> (alpha * <f64> load<T>(x)));
}

// max_i |x_i|, 0 for n = 0, NaN if there is one.  x (n) contiguous, read only. Exact, so the order is of no account.
// Magnitudes compare as the integers of their bits, NaN above infinity: an eighth of the instructions of v128.max.
import { lanes } from "../inline/lanes";
import { load_step, step } from "../inline/step";

/** Of magnitudes, lane by lane, the larger ones. */
// @ts-ignore: decorator
@inline
export function larger<T>(x: v128, y: v128): v128 {
  return sizeof<T>() == 4 ? i32x4.max_u(x, y) : v128.bitselect(x, y, i64x2.gt_s(x, y));
}

// @ts-ignore: decorator
@kernel
export function max_abs<T>(n: i32, x: usize): f64 {
  let m0 = v128.splat<T>(<T> 0), m1 = m0;
  for (; n >= 2 * lanes<T>(); n -= 2 * lanes<T>(), x += 32) {
    m0 = larger<T>(m0, v128.abs<T>(v128.load(x)));
    m1 = larger<T>(m1, v128.abs<T>(v128.load(x, 16)));
  }
  while (n > 0) {
    const count = step<T>(n);
    m0 = larger<T>(m0, v128.abs<T>(load_step<T>(x, count)));
    n -= count;
    x += <usize> count * sizeof<T>();
  }
  return largest_lane<T>(larger<T>(m0, m1));
}

/** The largest of magnitudes. */
export function largest_lane<T>(m: v128): f64 {
  m = larger<T>(m, v128.shuffle<f64>(m, m, 1, 0));
  if (sizeof<T>() == 4) m = larger<T>(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2));
  return <f64> v128.extract_lane<T>(m, 0);
}

// Elements within bounds, as comparisons decide: -0 is 0, and NaN is within. x contiguous.
//
// clip:           x := low where x < low, high where x > high
// affine:         x := offset + factor x in float64, rounded to T
// first_outside:  the index of the first x < low or x > high; -1 if there is none
// first_no_class: the index of the first x that is no whole number from 0 to classes - 1; -1 if there is none
import { load_step, step, store_step } from "../inline/step";
import { load_wide, store_wide } from "../inline/wide";

// @ts-ignore: decorator
@kernel
export function clip<T>(n: i32, low: T, high: T, x: usize): void {
  const lowest = v128.splat<T>(low), highest = v128.splat<T>(high);
  while (n > 0) {
    const count = step<T>(n), v = load_step<T>(x, count);
    const raised = v128.bitselect(lowest, v, v128.lt<T>(v, lowest));
    store_step<T>(x, v128.bitselect(highest, raised, v128.gt<T>(v, highest)), count);
    n -= count;
    x += <usize> count * sizeof<T>();
  }
}

// @ts-ignore: decorator
@kernel
export function affine<T>(n: i32, factor: f64, offset: f64, x: usize): void {
  const factors = f64x2.splat(factor), offsets = f64x2.splat(offset);
  for (; n >= 2; n -= 2, x += 2 * sizeof<T>()) {
    store_wide<T>(x, f64x2.add(offsets, f64x2.mul(factors, load_wide<T>(x))));
  }
  if (n != 0) store<T>(x, <T> (offset + factor * <f64> load<T>(x)));
}

// @ts-ignore: decorator
@kernel
export function first_outside<T>(n: i32, low: f64, high: f64, x: usize): i32 {
  for (let i = 0; i < n; i++, x += sizeof<T>()) {
    const v = <f64> load<T>(x);
    if (v < low || v > high) return i;
  }
  return -1;
}

// @ts-ignore: decorator
@kernel
export function first_no_class<T>(n: i32, classes: f64, x: usize): i32 {
  for (let i = 0; i < n; i++, x += sizeof<T>()) {
    const v = <f64> load<T>(x);
    if (!(v >= 0 && v < classes && v == Math.floor(v))) return i;
  }
  return -1;
}

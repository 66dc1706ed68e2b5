// The end of an array: a vector of its last elements, the missing lanes zero. Every elementwise kernel
// runs the same vector code on it, so what an element becomes never depends on its position.
import { lanes } from "./lanes";

/** The first min(rest, lanes) elements at p. */
// @ts-ignore: decorator
@inline
export function load_some<T>(p: usize, rest: i32): v128 {
  return rest >= lanes<T>() ? v128.load(p) : load_partial<T>(p, rest);
}

/** Writes the first min(rest, lanes) lanes of v to p. */
// @ts-ignore: decorator
@inline
export function store_some<T>(p: usize, v: v128, rest: i32): void {
  if (rest >= lanes<T>()) v128.store(p, v);
  else store_partial<T>(p, v, rest);
}

/** A mask of the first min(rest, lanes) lanes. */
// @ts-ignore: decorator
@inline
export function first_lanes<T>(rest: i32): v128 {
  return sizeof<T>() == 4
    ? i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(rest))
    : i64x2.lt_s(i64x2(0, 1), i64x2.splat(rest));
}

function load_partial<T>(p: usize, rest: i32): v128 {
  if (sizeof<T>() == 8) return v128.load64_zero(p);
  if (rest == 1) return v128.load32_zero(p);
  const pair = v128.load64_zero(p);
  return rest == 2 ? pair : v128.load_lane<f32>(p, pair, 2, 8);
}

function store_partial<T>(p: usize, v: v128, rest: i32): void {
  if (sizeof<T>() == 8) return v128.store_lane<f64>(p, v, 0);
  if (rest == 1) return v128.store_lane<f32>(p, v, 0);
  v128.store_lane<f64>(p, v, 0);
  if (rest == 3) v128.store_lane<f32>(p, v, 2, 8);
}

// Lane idioms of the reductions, which add up in float64 whatever the elements are.

/** The two elements at p, as float64 lanes. */
// @ts-ignore: decorator
@inline
export function load_wide<T>(p: usize): v128 {
  return sizeof<T>() == 8 ? v128.load(p) : f64x2.promote_low_f32x4(v128.load64_zero(p));
}

/** Rounds two float64 lanes to T and stores them. */
// @ts-ignore: decorator
@inline
export function store_wide<T>(p: usize, x: v128): void {
  if (sizeof<T>() == 8) v128.store(p, x);
  else v128.store_lane<f64>(p, f32x4.demote_f64x2_zero(x), 0);
}

/** The sum of the lanes of four float64 accumulators: ((0 + 1) + (2 + 3)), then its two lanes. */
// @ts-ignore: decorator
@inline
export function sum_wide(x0: v128, x1: v128, x2: v128, x3: v128): f64 {
  const x = f64x2.add(f64x2.add(x0, x1), f64x2.add(x2, x3));
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

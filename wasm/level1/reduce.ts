// The loop of the reductions: the sum over i of F(x_i, y_i) in float64, F a class without fields.
//
// Order: element i goes to accumulator floor(i / 2) mod 4, lane i mod 2, over the whole eights; the pairs after them to
// accumulator 0, an odd last element to the end of ((0 + 1) + (2 + 3)) and its two lanes. Depends on n alone.
// Products of two float32 are exact in float64: the error is that of the additions, gamma_{n/8+6} in float64.
import { load_wide, sum_wide } from "../inline/wide";

/** Sums over x; the method is `term(x: v128): v128` of float64 lanes. */
// @ts-ignore: decorator
@inline
export function reduce<T, F>(n: i32, x: usize): f64 {
  const f = changetype<F>(0), size = sizeof<T>();
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n >= 8; n -= 8, x += 8 * size) {
    s0 = f64x2.add(s0, f.term(load_wide<T>(x)));
    s1 = f64x2.add(s1, f.term(load_wide<T>(x + 2 * size)));
    s2 = f64x2.add(s2, f.term(load_wide<T>(x + 4 * size)));
    s3 = f64x2.add(s3, f.term(load_wide<T>(x + 6 * size)));
  }
  for (; n >= 2; n -= 2, x += 2 * size) s0 = f64x2.add(s0, f.term(load_wide<T>(x)));
  const sum = sum_wide(s0, s1, s2, s3);
  return n == 0 ? sum : sum + f64x2.extract_lane(f.term(f64x2.splat(<f64> load<T>(x))), 0);
}

// x . y = sum_i x_i y_i in float64.  x, y (n) contiguous, read only. Order of the sum as in reduce.ts. 2n flops.
import { load_wide, sum_wide } from "../inline/wide";

/** The products of two elements. */
// @ts-ignore: decorator
@inline
export function multiply_pair<T>(x: usize, y: usize): v128 {
  return f64x2.mul(load_wide<T>(x), load_wide<T>(y));
}

// @ts-ignore: decorator
@kernel
export function dot<T>(n: i32, x: usize, y: usize): f64 {
  const size = sizeof<T>();
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n >= 8; n -= 8, x += 8 * size, y += 8 * size) {
    s0 = f64x2.add(s0, multiply_pair<T>(x, y));
    s1 = f64x2.add(s1, multiply_pair<T>(x + 2 * size, y + 2 * size));
    s2 = f64x2.add(s2, multiply_pair<T>(x + 4 * size, y + 4 * size));
    s3 = f64x2.add(s3, multiply_pair<T>(x + 6 * size, y + 6 * size));
  }
  return finish_dot<T>(n, x, y, s0, s1, s2, s3);
}

/** The end of a product: the n < 8 elements behind the whole eights, whose sums the accumulators have. */
// deno-fmt-ignore
export function finish_dot<T>(n: i32, x: usize, y: usize, s0: v128, s1: v128, s2: v128, s3: v128): f64 {
  const size = sizeof<T>();
  for (; n >= 2; n -= 2, x += 2 * size, y += 2 * size) s0 = f64x2.add(s0, multiply_pair<T>(x, y));
  const sum = sum_wide(s0, s1, s2, s3);
  return n == 0 ? sum : sum + <f64> load<T>(x) * <f64> load<T>(y);
}

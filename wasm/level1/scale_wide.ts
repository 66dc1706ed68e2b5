// y := factor x / divisor in float64, rounded to T at the end.  x, y (n) contiguous, y may be x. Elementwise. 2 flops.
import { load_wide, store_wide } from "../inline/wide";

// @ts-ignore: decorator
@kernel
export function scale_wide<T>(n: i32, factor: f64, divisor: f64, x: usize, y: usize): void {
  const size = sizeof<T>(), factors = f64x2.splat(factor), divisors = f64x2.splat(divisor);
  for (; n >= 2; n -= 2, x += 2 * size, y += 2 * size) {
    store_wide<T>(y, f64x2.div(f64x2.mul(factors, load_wide<T>(x)), divisors));
  }
  if (n != 0) store<T>(y, <T> (factor * <f64> load<T>(x) / divisor));
}

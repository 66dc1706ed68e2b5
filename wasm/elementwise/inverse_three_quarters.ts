// x := (x + shift)^(-3/4) in float64, as 1 / (r sqrt(r)) with r = sqrt(x + shift), rounded to T.  x (n) contiguous.
// Elementwise. Error: 4 roundings in float64. 5 flops, two of them roots, and a division per element.
import { load_wide, store_wide } from "../inline/wide";

// @ts-ignore: decorator
@kernel
export function inverse_three_quarters<T>(n: i32, shift: f64, x: usize): void {
  const size = sizeof<T>();
  for (; n >= 2; n -= 2, x += 2 * size) store_wide<T>(x, power(f64x2.add(load_wide<T>(x), f64x2.splat(shift))));
  if (n != 0) {
    const last = power(f64x2.splat(<f64> load<T>(x) + shift));
    store<T>(x, <T> f64x2.extract_lane(last, 0));
  }
}

function power(x: v128): v128 {
  const root = f64x2.sqrt(x);
  return f64x2.div(f64x2.splat(1), f64x2.mul(root, f64x2.sqrt(root)));
}

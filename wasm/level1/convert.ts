// y := x from float32 to float64 (promote) and from float64 to float32 (demote), rounded to nearest.  x, y (n) contiguous, not overlapping; x read only.
import { load_wide, store_wide } from "../inline/wide";

// @ts-ignore: decorator
@kernel
export function promote(n: i32, x: usize, y: usize): void {
  for (; n >= 2; n -= 2, x += 8, y += 16) v128.store(y, load_wide<f32>(x));
  if (n != 0) store<f64>(y, <f64> load<f32>(x));
}

// @ts-ignore: decorator
@kernel
export function demote(n: i32, x: usize, y: usize): void {
  for (; n >= 2; n -= 2, x += 16, y += 8) store_wide<f32>(y, v128.load(x));
  if (n != 0) store<f32>(y, <f32> load<f64>(x));
}

// out := n standard normal numbers by Marsaglia's polar method (Marsaglia & Bray 1964). Pair j, numbers 2j and 2j + 1, belongs
// to the counter with index + j; a point outside the unit circle is drawn again with the next attempt, so no
// pair depends on another. Computed in float64; the float32 numbers are those of float64, rounded.
import { log } from "../elementwise/log";
import { index_of, philox } from "./philox";
import { unit_pair } from "./uniform";

/** Two independent normal numbers. */
function normal_pair(seed_lo: u32, seed_hi: u32, index: u64, stream: u32): v128 {
  for (let attempt: u32 = 0;; attempt++) {
    const unit = unit_pair(philox(seed_lo, seed_hi, index, stream, attempt));
    const point = f64x2.sub(f64x2.add(unit, unit), f64x2.splat(1));
    const squares = f64x2.mul(point, point);
    const s = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
    if (s >= 1 || s == 0) continue;
    const logarithm = f64x2.extract_lane(log<f64>(f64x2.splat(s)), 0);
    return f64x2.mul(point, f64x2.splat(Math.sqrt(-2 * logarithm / s)));
  }
}

// @ts-ignore: decorator
@kernel
export function normal<T>(
  n: i32, seed_lo: u32, seed_hi: u32, stream: u32, index_lo: u32, index_hi: u32, out: usize,
): void {
  let index = index_of(index_lo, index_hi);
  for (; n > 0; n -= 2, out += 2 * sizeof<T>()) {
    const pair = normal_pair(seed_lo, seed_hi, index++, stream);
    store<T>(out, <T> f64x2.extract_lane(pair, 0));
    if (n > 1) store<T>(out + sizeof<T>(), <T> f64x2.extract_lane(pair, 1));
  }
}

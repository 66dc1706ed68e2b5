// sum_i x_i in float64.  x (n) contiguous, read only. Order of the sum as in reduce.ts.
import { reduce } from "./reduce";

class Itself {
  // @ts-ignore: decorator
  @inline
  term(x: v128): v128 {
    return x;
  }
}

export function f32_sum(n: i32, x: usize): f64 {
  return reduce<f32, Itself>(n, x);
}

export function f64_sum(n: i32, x: usize): f64 {
  return reduce<f64, Itself>(n, x);
}

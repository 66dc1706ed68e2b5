// sum_i |x_i| in float64.  x (n) contiguous, read only. Order of the sum as in reduce.ts.
import { reduce } from "./reduce";

class Magnitude {
  // @ts-ignore: decorator
  @inline
  term(x: v128): v128 {
    return f64x2.abs(x);
  }
}

export function sasum(n: i32, x: usize): f64 {
  return reduce<f32, Magnitude>(n, x);
}

export function dasum(n: i32, x: usize): f64 {
  return reduce<f64, Magnitude>(n, x);
}

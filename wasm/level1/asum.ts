// sum_i |x_i| in float64.  x (n) contiguous, read only. Order of the sum as in reduce.ts.
import { reduce } from "./reduce";

@kernel(reduce, "asum")
export class Magnitude {
  // @ts-ignore: decorator
  @inline
  term(x: v128): v128 {
    return f64x2.abs(x);
  }
}

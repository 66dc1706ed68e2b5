// sum_i x_i in float64.  x (n) contiguous, read only. Order of the sum as in reduce.ts.
import { reduce } from "./reduce";

@kernel(reduce, "sum")
export class Itself {
  // @ts-ignore: decorator
  @inline
  term(x: v128): v128 {
    return x;
  }
}

// x := x + alpha p, r := r - alpha q, then r . r in float64: a step of conjugate gradients, in one pass.
// p, x, q, r (n) contiguous, none is another. The bits of axpy.ts, twice, and dot.ts. 6 flops, 6 accesses per element.
import { axpy } from "../level1/axpy";
import { finish_dot, multiply_pair } from "../level1/dot";
import { axpy_eight } from "./axpy_dot";

// @ts-ignore: decorator
@kernel
export function cg_update<T>(n: i32, alpha: T, p: usize, x: usize, q: usize, r: usize): f64 {
  const size = sizeof<T>(), along = v128.splat<T>(alpha), back = v128.splat<T>(-alpha);
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n >= 8; n -= 8, p += 8 * size, x += 8 * size, q += 8 * size, r += 8 * size) {
    axpy_eight<T>(along, p, x);
    axpy_eight<T>(back, q, r);
    s0 = f64x2.add(s0, multiply_pair<T>(r, r));
    s1 = f64x2.add(s1, multiply_pair<T>(r + 2 * size, r + 2 * size));
    s2 = f64x2.add(s2, multiply_pair<T>(r + 4 * size, r + 4 * size));
    s3 = f64x2.add(s3, multiply_pair<T>(r + 6 * size, r + 6 * size));
  }
  axpy<T>(n, alpha, p, x);
  axpy<T>(n, -alpha, q, r);
  return finish_dot<T>(n, r, r, s0, s1, s2, s3);
}

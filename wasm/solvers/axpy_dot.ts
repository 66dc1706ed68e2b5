// y := alpha x + y, then y . w in float64, in one pass.  x, y, w (n) contiguous, w may be y, x is neither.
// The bits of axpy.ts and dot.ts one after the other. 4 flops and 4 accesses per element, 3 where w is y.
import { lanes } from "../inline/lanes";
import { axpy } from "../level1/axpy";
import { finish_dot, multiply_pair } from "../level1/dot";

/** y := alpha x + y of eight elements. */
// @ts-ignore: decorator
@inline
export function axpy_eight<T>(alphas: v128, x: usize, y: usize): void {
  v128.store(y, v128.add<T>(v128.load(y), v128.mul<T>(alphas, v128.load(x))));
  v128.store(y, v128.add<T>(v128.load(y, 16), v128.mul<T>(alphas, v128.load(x, 16))), 16);
  if (lanes<T>() == 4) return;
  v128.store(y, v128.add<T>(v128.load(y, 32), v128.mul<T>(alphas, v128.load(x, 32))), 32);
  v128.store(y, v128.add<T>(v128.load(y, 48), v128.mul<T>(alphas, v128.load(x, 48))), 48);
}

// @ts-ignore: decorator
@kernel
export function axpy_dot<T>(n: i32, alpha: T, x: usize, y: usize, w: usize): f64 {
  const size = sizeof<T>(), alphas = v128.splat<T>(alpha);
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n >= 8; n -= 8, x += 8 * size, y += 8 * size, w += 8 * size) {
    axpy_eight<T>(alphas, x, y);
    s0 = f64x2.add(s0, multiply_pair<T>(y, w));
    s1 = f64x2.add(s1, multiply_pair<T>(y + 2 * size, w + 2 * size));
    s2 = f64x2.add(s2, multiply_pair<T>(y + 4 * size, w + 4 * size));
    s3 = f64x2.add(s3, multiply_pair<T>(y + 6 * size, w + 6 * size));
  }
  axpy<T>(n, alpha, x, y);
  return finish_dot<T>(n, y, w, s0, s1, s2, s3);
}

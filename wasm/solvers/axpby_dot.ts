// y := alpha x + beta y, then y . y in float64, in one pass; beta == 0 never reads y.  x, y (n) contiguous, no overlap.
// The bits of axpby.ts and dot.ts one after the other. 5 flops, 3 accesses per element.
import { axpby } from "../level1/axpby";
import { finish_dot, multiply_pair } from "../level1/dot";

// @ts-ignore: decorator
@inline
function combine<T>(alphas: v128, x: usize, hasOld: bool, betas: v128, y: usize): void {
  const scaled = v128.mul<T>(alphas, v128.load(x));
  v128.store(y, hasOld ? v128.add<T>(scaled, v128.mul<T>(betas, v128.load(y))) : scaled);
}

// @ts-ignore: decorator
@kernel
export function axpby_dot<T>(n: i32, alpha: T, x: usize, beta: T, y: usize): f64 {
  const size = sizeof<T>(), hasOld = beta != <T> 0;
  const alphas = v128.splat<T>(alpha), betas = v128.splat<T>(beta);
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n >= 8; n -= 8, x += 8 * size, y += 8 * size) {
    for (let at: usize = 0; at < 8 * size; at += 32) {
      combine<T>(alphas, x + at, hasOld, betas, y + at);
      combine<T>(alphas, x + at + 16, hasOld, betas, y + at + 16);
    }
    s0 = f64x2.add(s0, multiply_pair<T>(y, y));
    s1 = f64x2.add(s1, multiply_pair<T>(y + 2 * size, y + 2 * size));
    s2 = f64x2.add(s2, multiply_pair<T>(y + 4 * size, y + 4 * size));
    s3 = f64x2.add(s3, multiply_pair<T>(y + 6 * size, y + 6 * size));
  }
  axpby<T>(n, alpha, x, beta, y);
  return finish_dot<T>(n, y, y, s0, s1, s2, s3);
}

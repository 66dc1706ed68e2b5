// y := alpha x + beta y; beta == 0 never reads y.  x, y (n) contiguous, y may be x. Elementwise. 3 flops per element.
import { load_step, step, store_step } from "../inline/step";

// @ts-ignore: decorator
@kernel
export function axpby<T>(n: i32, alpha: T, x: usize, beta: T, y: usize): void {
  const alphas = v128.splat<T>(alpha), betas = v128.splat<T>(beta);
  while (n > 0) {
    const count = step<T>(n);
    const bytes = <usize> count * sizeof<T>();
    let sum = v128.mul<T>(alphas, load_step<T>(x, count));
    if (beta != <T> 0) sum = v128.add<T>(sum, v128.mul<T>(betas, load_step<T>(y, count)));
    store_step<T>(y, sum, count);
    n -= count;
    x += bytes;
    y += bytes;
  }
}

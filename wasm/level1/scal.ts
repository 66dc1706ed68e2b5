// x := alpha x.  x (n) contiguous. Elementwise, no reduction. 1 flop, 2 accesses per element.
import { load_step, step, store_step } from "../inline/step";

// @ts-ignore: decorator
@kernel
export function scal<T>(n: i32, alpha: T, x: usize): void {
  const factor = v128.splat<T>(alpha);
  while (n > 0) {
    const count = step<T>(n);
    const bytes = <usize> count * sizeof<T>();
    store_step<T>(x, v128.mul<T>(factor, load_step<T>(x, count)), count);
    n -= count;
    x += bytes;
  }
}

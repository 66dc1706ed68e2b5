// out := out + alpha x y, elementwise: the accumulation of products and, with y = x, of squares. out may alias x or y.
import { load_step, step, store_step } from "../inline/step";

// @ts-ignore: decorator
@kernel
export function multiply_add<T>(n: i32, alpha: T, x: usize, y: usize, out: usize): void {
  const factor = v128.splat<T>(alpha);
  while (n > 0) {
    const count = step<T>(n);
    const bytes = <usize> count * sizeof<T>();
    const product = v128.mul<T>(factor, v128.mul<T>(load_step<T>(x, count), load_step<T>(y, count)));
    store_step<T>(out, v128.add<T>(load_step<T>(out, count), product), count);
    n -= count;
    x += bytes;
    y += bytes;
    out += bytes;
  }
}

// y := alpha x + y.  x, y (n) contiguous, not overlapping; x read only. Elementwise. 2 flops, 3 accesses per element.
import { lanes } from "../inline/lanes";
import { load_step, step, store_step } from "../inline/step";

// @ts-ignore: decorator
@kernel
export function axpy<T>(n: i32, alpha: T, x: usize, y: usize): void {
  const factor = v128.splat<T>(alpha);
  for (; n >= 4 * lanes<T>(); n -= 4 * lanes<T>(), x += 64, y += 64) {
    v128.store(y, v128.add<T>(v128.load(y), v128.mul<T>(factor, v128.load(x))));
    v128.store(y, v128.add<T>(v128.load(y, 16), v128.mul<T>(factor, v128.load(x, 16))), 16);
    v128.store(y, v128.add<T>(v128.load(y, 32), v128.mul<T>(factor, v128.load(x, 32))), 32);
    v128.store(y, v128.add<T>(v128.load(y, 48), v128.mul<T>(factor, v128.load(x, 48))), 48);
  }
  while (n > 0) {
    const count = step<T>(n);
    const bytes = <usize> count * sizeof<T>();
    const sum = v128.add<T>(load_step<T>(y, count), v128.mul<T>(factor, load_step<T>(x, count)));
    store_step<T>(y, sum, count);
    n -= count;
    x += bytes;
    y += bytes;
  }
}

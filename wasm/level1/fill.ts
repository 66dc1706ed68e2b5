// x := value in every element.  x (n) contiguous.
import { step, store_step } from "../inline/step";

// @ts-ignore: decorator
@kernel
export function fill<T>(n: i32, value: T, x: usize): void {
  const values = v128.splat<T>(value);
  while (n > 0) {
    const count = step<T>(n);
    store_step<T>(x, values, count);
    n -= count;
    x += <usize> count * sizeof<T>();
  }
}

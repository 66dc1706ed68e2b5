// x := 1 / keep where x < keep, 0 elsewhere: uniform numbers of [0, 1) become the factors of inverted dropout.
import { load_step, step, store_step } from "../inline/step";

// @ts-ignore: decorator
@kernel
export function keep_mask<T>(n: i32, keep: T, x: usize): void {
  const limit = v128.splat<T>(keep), factor = v128.splat<T>(<T> 1 / keep);
  while (n > 0) {
    const count = step<T>(n);
    store_step<T>(x, v128.and(v128.lt<T>(load_step<T>(x, count), limit), factor), count);
    n -= count;
    x += <usize> count * sizeof<T>();
  }
}

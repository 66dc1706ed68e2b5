// Rows of W (count, n) by their indices, and the pull back to them. index (rows), y, g (rows, n) contiguous; indices are
// whole numbers from 0 to count - 1, which first_no_index has seen to.
import { load_step, step, store_step } from "../../inline/step";

/** y := the rows of W at the indices; zeros at index `fixed`. */
// @ts-ignore: decorator
@kernel
export function lookup<T>(rows: i32, n: i32, fixed: i32, index: usize, w: usize, y: usize): void {
  const stride = <usize> n * sizeof<T>();
  for (; rows > 0; rows--, index += sizeof<T>(), y += stride) {
    const at = <i32> load<T>(index);
    if (at == fixed) memory.fill(y, 0, stride);
    else memory.copy(y, w + <usize> at * stride, stride);
  }
}

/** out := alpha (sum of the rows of g at each index, in their order) + beta out; nothing is added at index `fixed`. */
// @ts-ignore: decorator
@kernel
export function lookup_pull<T>(
  rows: i32, count: i32, n: i32, fixed: i32, alpha: T, g: usize, index: usize, beta: T, out: usize,
): void {
  const stride = <usize> n * sizeof<T>();
  if (beta == 0) memory.fill(out, 0, <usize> count * stride);
  else if (beta != 1) {
    const end = out + <usize> count * stride;
    for (let at = out; at < end; at += sizeof<T>()) store<T>(at, beta * load<T>(at));
  }
  const factor = v128.splat<T>(alpha);
  for (; rows > 0; rows--, index += sizeof<T>(), g += stride) {
    const at = <i32> load<T>(index);
    if (at == fixed) continue;
    let from = g, to = out + <usize> at * stride;
    for (let rest = n; rest > 0;) {
      const taken = step<T>(rest), bytes = <usize> taken * sizeof<T>();
      const sum = v128.add<T>(load_step<T>(to, taken), v128.mul<T>(factor, load_step<T>(from, taken)));
      store_step<T>(to, sum, taken);
      rest -= taken;
      from += bytes;
      to += bytes;
    }
  }
}

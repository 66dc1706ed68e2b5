// The index of the first NaN or infinity of x, or -1.  x (n) contiguous, read only.
//
// x - x is 0 for a finite x and NaN otherwise, and a sum with a NaN is NaN: four vectors are tested at once.
import { lanes } from "../inline/lanes";

// @ts-ignore: decorator
@inline
function zero_or_nan<T>(x: usize): v128 {
  const v = v128.load(x);
  return v128.sub<T>(v, v);
}

// @ts-ignore: decorator
@kernel
export function first_nonfinite<T>(n: i32, x: usize): i32 {
  const block = 4 * lanes<T>();
  let i = 0;
  for (; i + block <= n; i += block, x += 64) {
    const low = v128.add<T>(zero_or_nan<T>(x), zero_or_nan<T>(x + 16));
    const high = v128.add<T>(zero_or_nan<T>(x + 32), zero_or_nan<T>(x + 48));
    const test = v128.add<T>(low, high);
    if (v128.any_true(v128.ne<T>(test, test))) break;
  }
  for (; i < n; i++, x += sizeof<T>()) {
    const v = load<T>(x);
    if (<T> (v - v) != <T> 0) return i;
  }
  return -1;
}

// The loops of the elementwise kernels. F is a class without fields whose method is the operation; the loop
// is compiled with that method in place, so one source serves every function. y may alias x.
import { lanes } from "../inline/lanes";
import { load_some, store_some } from "../inline/partial";

/** y := F(x). */
// @ts-ignore: decorator
@inline
export function apply<T, F>(n: i32, x: usize, y: usize): void {
  const f = changetype<F>(0);
  for (; n > 0; n -= lanes<T>(), x += 16, y += 16) {
    store_some<T>(y, f.apply(load_some<T>(x, n)), n);
  }
}

/** out := F(x, y). */
// @ts-ignore: decorator
@inline
export function apply2<T, F>(n: i32, x: usize, y: usize, out: usize): void {
  const f = changetype<F>(0);
  for (; n > 0; n -= lanes<T>(), x += 16, y += 16, out += 16) {
    store_some<T>(out, f.apply(load_some<T>(x, n), load_some<T>(y, n)), n);
  }
}

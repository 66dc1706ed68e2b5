// x := alpha x.  x (n) contiguous. Elementwise, no reduction. 1 flop, 2 accesses per element.
import { lanes } from "../inline/lanes";
import { load_some, store_some } from "../inline/partial";

export function scal<T>(n: i32, alpha: T, x: usize): void {
  const factor = v128.splat<T>(alpha);
  for (; n > 0; n -= lanes<T>(), x += 16) {
    store_some<T>(x, v128.mul<T>(factor, load_some<T>(x, n)), n);
  }
}

export function sscal(n: i32, alpha: f32, x: usize): void {
  scal<f32>(n, alpha, x);
}

export function dscal(n: i32, alpha: f64, x: usize): void {
  scal<f64>(n, alpha, x);
}

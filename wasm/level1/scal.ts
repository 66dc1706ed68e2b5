// x := alpha x.  x (n) contiguous. Elementwise, no reduction. 1 flop, 2 accesses per element.
import { lanes } from "../inline/lanes";

// @ts-ignore: decorator
@inline
function scal<T>(n: i32, alpha: T, x: usize): void {
  const factor = v128.splat<T>(alpha);
  let i = 0;
  for (; i + lanes<T>() <= n; i += lanes<T>(), x += 16) {
    v128.store(x, v128.mul<T>(factor, v128.load(x)));
  }
  for (; i < n; i++, x += sizeof<T>()) store<T>(x, <T> (alpha * load<T>(x)));
}

export function sscal(n: i32, alpha: f32, x: usize): void {
  scal<f32>(n, alpha, x);
}

export function dscal(n: i32, alpha: f64, x: usize): void {
  scal<f64>(n, alpha, x);
}

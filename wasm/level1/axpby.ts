// y := alpha x + beta y; beta == 0 never reads y.  x, y (n) contiguous, y may be x. Elementwise. 3 flops per element.
import { lanes } from "../inline/lanes";
import { load_some, store_some } from "../inline/partial";

function axpby<T>(n: i32, alpha: T, x: usize, beta: T, y: usize): void {
  const alphas = v128.splat<T>(alpha), betas = v128.splat<T>(beta);
  for (; n > 0; n -= lanes<T>(), x += 16, y += 16) {
    let sum = v128.mul<T>(alphas, load_some<T>(x, n));
    if (beta != <T> 0) sum = v128.add<T>(sum, v128.mul<T>(betas, load_some<T>(y, n)));
    store_some<T>(y, sum, n);
  }
}

export function saxpby(n: i32, alpha: f32, x: usize, beta: f32, y: usize): void {
  axpby<f32>(n, alpha, x, beta, y);
}

export function daxpby(n: i32, alpha: f64, x: usize, beta: f64, y: usize): void {
  axpby<f64>(n, alpha, x, beta, y);
}

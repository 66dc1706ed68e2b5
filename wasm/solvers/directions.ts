// The next direction of a solver, then its largest magnitude, in one pass; NaN if there is one. Elementwise, and exact.
//   axpby_max_abs:    y := alpha x + beta y; beta == 0 never reads y. The bits of axpby.ts.
//   minres_direction: out := ((v + alpha x) + beta y) gamma; out may be v. The bits of axpy.ts, twice, and scal.ts.
// All (n), contiguous.
import { load_step, step, store_step } from "../inline/step";
import { larger, largest_lane } from "../level1/max_abs";

// @ts-ignore: decorator
@kernel
export function axpby_max_abs<T>(n: i32, alpha: T, x: usize, beta: T, y: usize): f64 {
  const alphas = v128.splat<T>(alpha), betas = v128.splat<T>(beta);
  let largest = v128.splat<T>(<T> 0);
  while (n > 0) {
    const count = step<T>(n), bytes = <usize> count * sizeof<T>();
    let sum = v128.mul<T>(alphas, load_step<T>(x, count));
    if (beta != <T> 0) sum = v128.add<T>(sum, v128.mul<T>(betas, load_step<T>(y, count)));
    store_step<T>(y, sum, count);
    largest = larger<T>(largest, v128.abs<T>(sum));
    n -= count;
    x += bytes;
    y += bytes;
  }
  return largest_lane<T>(largest);
}

// deno-fmt-ignore
// @ts-ignore: decorator
@kernel
export function minres_direction<T>(
  n: i32, v: usize, alpha: T, x: usize, beta: T, y: usize, gamma: T, out: usize,
): f64 {
  const alphas = v128.splat<T>(alpha), betas = v128.splat<T>(beta), gammas = v128.splat<T>(gamma);
  let largest = v128.splat<T>(<T> 0);
  while (n > 0) {
    const count = step<T>(n), bytes = <usize> count * sizeof<T>();
    const first = v128.add<T>(load_step<T>(v, count), v128.mul<T>(alphas, load_step<T>(x, count)));
    const both = v128.add<T>(first, v128.mul<T>(betas, load_step<T>(y, count)));
    const scaled = v128.mul<T>(gammas, both);
    store_step<T>(out, scaled, count);
    largest = larger<T>(largest, v128.abs<T>(scaled));
    n -= count;
    v += bytes;
    x += bytes;
    y += bytes;
    out += bytes;
  }
  return largest_lane<T>(largest);
}

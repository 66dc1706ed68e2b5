// The loops of the activations: F holds value(x), and the factors d1 = phi'(x), d2 = phi''(x), which read y = phi(x)
// instead of x where that spares a transcendental function. Pointers, not vectors, are handed to F, so that it
// loads only what it uses. out may alias t.
import { load_step, step, store_step } from "../../inline/step";

/** y := phi(x). */
// @ts-ignore: decorator
@inline
export function value<T, F>(n: i32, parameter: T, x: usize, y: usize): void {
  const f = changetype<F>(0);
  const p = v128.splat<T>(parameter);
  while (n > 0) {
    const count = step<T>(n);
    const bytes = <usize> count * sizeof<T>();
    store_step<T>(y, f.value(load_step<T>(x, count), p), count);
    n -= count;
    x += bytes;
    y += bytes;
  }
}

/** out := phi'(x) t, where y = phi(x). */
// @ts-ignore: decorator
@inline
export function d1<T, F>(n: i32, parameter: T, x: usize, y: usize, t: usize, out: usize): void {
  const f = changetype<F>(0);
  const p = v128.splat<T>(parameter);
  while (n > 0) {
    const count = step<T>(n);
    const bytes = <usize> count * sizeof<T>();
    store_step<T>(out, f.d1(x, y, count, p, load_step<T>(t, count)), count);
    n -= count;
    x += bytes;
    y += bytes;
    t += bytes;
    out += bytes;
  }
}

/** out := phi''(x) t, where y = phi(x). */
// @ts-ignore: decorator
@inline
export function d2<T, F>(n: i32, parameter: T, x: usize, y: usize, t: usize, out: usize): void {
  const f = changetype<F>(0);
  const p = v128.splat<T>(parameter);
  while (n > 0) {
    const count = step<T>(n);
    const bytes = <usize> count * sizeof<T>();
    store_step<T>(out, v128.mul<T>(f.d2(x, y, count, p), load_step<T>(t, count)), count);
    n -= count;
    x += bytes;
    y += bytes;
    t += bytes;
    out += bytes;
  }
}

/** out := 0, the second derivative of the piecewise linear activations. */
// @ts-ignore: decorator
@inline
export function d2_zero<T, F>(n: i32, parameter: T, x: usize, y: usize, t: usize, out: usize): void {
  memory.fill(out, 0, <usize> n * sizeof<T>());
}

// (x, y) := (c x + s y, c y - s x), a plane rotation.  x, y (n) contiguous, apart. Elementwise. 6 flops per element.
import { load_step, step, store_step } from "../inline/step";

// @ts-ignore: decorator
@kernel
export function rot<T>(n: i32, x: usize, y: usize, c: T, s: T): void {
  const cs = v128.splat<T>(c), ss = v128.splat<T>(s);
  while (n > 0) {
    const count = step<T>(n);
    const bytes = <usize> count * sizeof<T>();
    const u = load_step<T>(x, count), v = load_step<T>(y, count);
    store_step<T>(x, v128.add<T>(v128.mul<T>(cs, u), v128.mul<T>(ss, v)), count);
    store_step<T>(y, v128.sub<T>(v128.mul<T>(cs, v), v128.mul<T>(ss, u)), count);
    n -= count;
    x += bytes;
    y += bytes;
  }
}

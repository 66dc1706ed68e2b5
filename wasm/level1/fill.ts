// x := value in every element.  x (n) contiguous.
import { step, store_step } from "../inline/step";

export function fill<T>(n: i32, value: T, x: usize): void {
  const values = v128.splat<T>(value);
  while (n > 0) {
    const count = step<T>(n);
    store_step<T>(x, values, count);
    n -= count;
    x += <usize> count * sizeof<T>();
  }
}

export function f32_fill(n: i32, value: f32, x: usize): void {
  fill<f32>(n, value, x);
}

export function f64_fill(n: i32, value: f64, x: usize): void {
  fill<f64>(n, value, x);
}

// x := value in every element.  x (n) contiguous.
import { lanes } from "../inline/lanes";
import { store_some } from "../inline/partial";

export function fill<T>(n: i32, value: T, x: usize): void {
  const values = v128.splat<T>(value);
  for (; n > 0; n -= lanes<T>(), x += 16) store_some<T>(x, values, n);
}

export function f32_fill(n: i32, value: f32, x: usize): void {
  fill<f32>(n, value, x);
}

export function f64_fill(n: i32, value: f64, x: usize): void {
  fill<f64>(n, value, x);
}

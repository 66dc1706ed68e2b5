// Between T and float64, with the arithmetic in float64. x, y contiguous unless an increment, in elements, says otherwise.
//
// widen:            y := alpha x                x of T, y float64
// narrow:           y := alpha x, rounded       x float64, y of T
// narrow_divided:   y := x / divisor, rounded   x float64, y of T
// narrow_added:     y := y + x, rounded         x float64, y of T
// add_widened:      y := y + alpha x            x of T, y float64
// multiply_widened: y := x y                    x of T, y float64
// add_squares:      y := y + x² / divisor       x of T, y float64
import { load_wide, store_wide } from "../inline/wide";

// @ts-ignore: decorator
@kernel
export function widen<T>(n: i32, alpha: f64, x: usize, incx: i32, y: usize, incy: i32): void {
  const from = <usize> incx * sizeof<T>(), to = <usize> incy << 3;
  if (incx == 1 && incy == 1) {
    const factor = f64x2.splat(alpha);
    for (; n >= 2; n -= 2, x += 2 * sizeof<T>(), y += 16) {
      v128.store(y, f64x2.mul(factor, load_wide<T>(x)));
    }
  }
  for (; n > 0; n--, x += from, y += to) store<f64>(y, alpha * <f64> load<T>(x));
}

// @ts-ignore: decorator
@kernel
export function narrow<T>(n: i32, alpha: f64, x: usize, y: usize, incy: i32): void {
  const to = <usize> incy * sizeof<T>();
  if (incy == 1) {
    const factor = f64x2.splat(alpha);
    for (; n >= 2; n -= 2, x += 16, y += 2 * sizeof<T>()) {
      store_wide<T>(y, f64x2.mul(factor, v128.load(x)));
    }
  }
  for (; n > 0; n--, x += 8, y += to) store<T>(y, <T> (alpha * load<f64>(x)));
}

// @ts-ignore: decorator
@kernel
export function narrow_divided<T>(n: i32, divisor: f64, x: usize, y: usize): void {
  const divisors = f64x2.splat(divisor);
  for (; n >= 2; n -= 2, x += 16, y += 2 * sizeof<T>()) {
    store_wide<T>(y, f64x2.div(v128.load(x), divisors));
  }
  if (n != 0) store<T>(y, <T> (load<f64>(x) / divisor));
}

// @ts-ignore: decorator
@kernel
export function narrow_added<T>(n: i32, x: usize, y: usize, incy: i32): void {
  const to = <usize> incy * sizeof<T>();
  for (; n > 0; n--, x += 8, y += to) store<T>(y, <T> (<f64> load<T>(y) + load<f64>(x)));
}

// @ts-ignore: decorator
@kernel
export function add_widened<T>(n: i32, alpha: f64, x: usize, y: usize): void {
  const factor = f64x2.splat(alpha);
  for (; n >= 2; n -= 2, x += 2 * sizeof<T>(), y += 16) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(factor, load_wide<T>(x))));
  }
  if (n != 0) store<f64>(y, load<f64>(y) + alpha * <f64> load<T>(x));
}

// @ts-ignore: decorator
@kernel
export function add_squares<T>(n: i32, divisor: f64, x: usize, y: usize): void {
  const divisors = f64x2.splat(divisor);
  for (; n >= 2; n -= 2, x += 2 * sizeof<T>(), y += 16) {
    const v = load_wide<T>(x);
    v128.store(y, f64x2.add(v128.load(y), f64x2.div(f64x2.mul(v, v), divisors)));
  }
  if (n != 0) {
    const v = <f64> load<T>(x);
    store<f64>(y, load<f64>(y) + v * v / divisor);
  }
}

// @ts-ignore: decorator
@kernel
export function multiply_widened<T>(n: i32, x: usize, y: usize): void {
  for (; n >= 2; n -= 2, x += 2 * sizeof<T>(), y += 16) {
    v128.store(y, f64x2.mul(load_wide<T>(x), v128.load(y)));
  }
  if (n != 0) store<f64>(y, <f64> load<T>(x) * load<f64>(y));
}

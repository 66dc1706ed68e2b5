// What each row of x (rows, width), contiguous, makes by itself; all of it in float64, sums in order.
//
// row_dots:           out_r := sum_k x_rk y_rk, y = 0 for ones              out (rows) float64
// add_row_multiples:  y_rk := y_rk + (alpha c_r) x_rk, rounded to T          c (rows) float64, y (rows, width)
// scale_by_row:         x_rk := x_rk c_r, rounded to T
// scale_columns:      out_rk := x_rk c_k in T                                c (width) of T, out may be x
import { load_step, step, store_step } from "../inline/step";
import { load_wide, store_wide } from "../inline/wide";

// @ts-ignore: decorator
@kernel
export function row_dots<T>(rows: i32, width: i32, x: usize, y: usize, out: usize): void {
  for (let r = 0; r < rows; r++, out += 8) {
    let sum: f64 = 0;
    if (y == 0) {
      for (let k = 0; k < width; k++, x += sizeof<T>()) sum += <f64> load<T>(x);
    } else {
      for (let k = 0; k < width; k++, x += sizeof<T>(), y += sizeof<T>()) {
        sum += <f64> load<T>(x) * <f64> load<T>(y);
      }
    }
    store<f64>(out, sum);
  }
}

// @ts-ignore: decorator
@kernel
export function add_row_multiples<T>(
  rows: i32,
  width: i32,
  alpha: f64,
  c: usize,
  x: usize,
  y: usize,
): void {
  const size = sizeof<T>();
  for (; rows > 0; rows--, c += 8) {
    const factor = alpha * load<f64>(c), factors = f64x2.splat(factor);
    let n = width;
    for (; n >= 2; n -= 2, x += 2 * size, y += 2 * size) {
      store_wide<T>(y, f64x2.add(load_wide<T>(y), f64x2.mul(factors, load_wide<T>(x))));
    }
    if (n != 0) {
      store<T>(y, <T> (<f64> load<T>(y) + factor * <f64> load<T>(x)));
      x += size;
      y += size;
    }
  }
}

// @ts-ignore: decorator
@kernel
export function scale_by_row<T>(rows: i32, width: i32, c: usize, x: usize): void {
  const size = sizeof<T>();
  for (; rows > 0; rows--, c += 8) {
    const factor = load<f64>(c), factors = f64x2.splat(factor);
    let n = width;
    for (; n >= 2; n -= 2, x += 2 * size) store_wide<T>(x, f64x2.mul(load_wide<T>(x), factors));
    if (n != 0) {
      store<T>(x, <T> (<f64> load<T>(x) * factor));
      x += size;
    }
  }
}

// @ts-ignore: decorator
@kernel
export function scale_columns<T>(rows: i32, width: i32, x: usize, c: usize, out: usize): void {
  for (; rows > 0; rows--) {
    let n = width, factors = c;
    while (n > 0) {
      const count = step<T>(n), bytes = <usize> count * sizeof<T>();
      store_step<T>(out, v128.mul<T>(load_step<T>(x, count), load_step<T>(factors, count)), count);
      n -= count;
      x += bytes;
      factors += bytes;
      out += bytes;
    }
  }
}

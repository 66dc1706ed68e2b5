// y := the mean of each window over x, channel by channel, what lies outside the image counting as zero: the sum divided
// by rows x columns of the window. average_pool_pull takes cotangents of y to those of x.
//
// x (batch, height, width, channels), y (batch, down, across, channels). A mean is one float64 sum in the order of the
// window, divided, rounded once. The pull adds u / (rows x columns), rounded, window after window.
import { load_wide, store_wide } from "../../inline/wide";
import * as g from "../geometry";
import { end_column, end_row, first_column, first_row } from "./window";

// @ts-ignore: decorator
@kernel
export function average_pool<T>(batch: i32, geometry: usize, x: usize, y: usize): void {
  const pixel = <usize> g.channels(geometry) * sizeof<T>();
  const image = <usize> (g.height(geometry) * g.width(geometry)) * pixel;
  for (; batch > 0; batch--, x += image) {
    for (let i = 0; i < g.output_height(geometry); i++) {
      for (let j = 0; j < g.output_width(geometry); j++, y += pixel) {
        mean_of_window<T>(geometry, i, j, pixel, x, y);
      }
    }
  }
}

// deno-fmt-ignore
function mean_of_window<T>(geometry: usize, i: i32, j: i32, pixel: usize, x: usize, y: usize): void {
  const count = <f64> (g.kernel_height(geometry) * g.kernel_width(geometry));
  const counts = f64x2.splat(count), line = <usize> g.width(geometry) * pixel;
  const c0 = first_column(geometry, j), columns = end_column(geometry, j) - c0;
  const r0 = first_row(geometry, i), rows = end_row(geometry, i) - r0;
  const from = x + <usize> r0 * line + <usize> c0 * pixel, pair: usize = 2 * sizeof<T>();
  let at: usize = 0;
  for (; at + 2 * pair <= pixel; at += 2 * pair) {
    let s0 = f64x2.splat(0), s1 = s0, row = from + at;
    for (let r = 0; r < rows; r++, row += line) {
      let p = row;
      for (let c = 0; c < columns; c++, p += pixel) {
        s0 = f64x2.add(s0, load_wide<T>(p));
        s1 = f64x2.add(s1, load_wide<T>(p + pair));
      }
    }
    store_wide<T>(y + at, f64x2.div(s0, counts));
    store_wide<T>(y + at + pair, f64x2.div(s1, counts));
  }
  for (; at < pixel; at += sizeof<T>()) {
    let sum: f64 = 0, row = from + at;
    for (let r = 0; r < rows; r++, row += line) {
      let p = row;
      for (let c = 0; c < columns; c++, p += pixel) sum += <f64> load<T>(p);
    }
    store<T>(y + at, <T> (sum / count));
  }
}

// @ts-ignore: decorator
@kernel
export function average_pool_pull<T>(batch: i32, geometry: usize, u: usize, out: usize): void {
  const pixel = <usize> g.channels(geometry) * sizeof<T>(), line = <usize> g.width(geometry) * pixel;
  const image = <usize> g.height(geometry) * line;
  const count = <T> (g.kernel_height(geometry) * g.kernel_width(geometry));
  memory.fill(out, 0, <usize> batch * image);
  for (; batch > 0; batch--, out += image) {
    for (let i = 0; i < g.output_height(geometry); i++) {
      for (let j = 0; j < g.output_width(geometry); j++, u += pixel) {
        const r1 = end_row(geometry, i), c0 = first_column(geometry, j), c1 = end_column(geometry, j);
        for (let r = first_row(geometry, i); r < r1; r++) {
          for (let c = c0; c < c1; c++) {
            add_quotient<T>(pixel, u, count, out + <usize> r * line + <usize> c * pixel);
          }
        }
      }
    }
  }
}

function add_quotient<T>(bytes: usize, u: usize, count: T, out: usize): void {
  const counts = v128.splat<T>(count), end = u + bytes;
  for (; u + 16 <= end; u += 16, out += 16) {
    v128.store(out, v128.add<T>(v128.load(out), v128.div<T>(v128.load(u), counts)));
  }
  for (; u < end; u += sizeof<T>(), out += sizeof<T>()) {
    store<T>(out, <T> (load<T>(out) + <T> (load<T>(u) / count)));
  }
}

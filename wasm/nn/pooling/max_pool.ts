// y := the largest element of each window over x, channel by channel; places := the pixel of its image that has it.
//
// x (batch, height, width, channels), y and places (batch, down, across, channels). The first of equal elements wins; what
// lies outside the image never does; a NaN wins, the last of several. Places are whole numbers held as T, exact up to 2^24
// pixels. Every window must meet its image. No arithmetic: y has bits of x.
import * as g from "../geometry";
import { end_column, end_row, first_column, first_row } from "./window";

// @ts-ignore: decorator
@kernel
export function max_pool<T>(batch: i32, geometry: usize, x: usize, y: usize, places: usize): void {
  const pixel = <usize> g.channels(geometry) * sizeof<T>();
  const image = <usize> (g.height(geometry) * g.width(geometry)) * pixel;
  for (; batch > 0; batch--, x += image) {
    for (let i = 0; i < g.output_height(geometry); i++) {
      for (let j = 0; j < g.output_width(geometry); j++, y += pixel, places += pixel) {
        max_of_window<T>(geometry, i, j, pixel, x, y, places);
      }
    }
  }
}

function max_of_window<T>(
  geometry: usize,
  i: i32,
  j: i32,
  pixel: usize,
  x: usize,
  y: usize,
  places: usize,
): void {
  const width = g.width(geometry);
  const r0 = first_row(geometry, i), r1 = end_row(geometry, i);
  const c0 = first_column(geometry, j), c1 = end_column(geometry, j);
  const first = r0 * width + c0;
  let at: usize = 0;
  for (; at + 16 <= pixel; at += 16) {
    let best = v128.load(x + <usize> first * pixel + at), place = v128.splat<T>(<T> first);
    for (let r = r0; r < r1; r++) {
      for (let c = c0; c < c1; c++) {
        const p = r * width + c, value = v128.load(x + <usize> p * pixel + at);
        const wins = v128.or(v128.gt<T>(value, best), v128.ne<T>(value, value));
        best = v128.bitselect(value, best, wins);
        place = v128.bitselect(v128.splat<T>(<T> p), place, wins);
      }
    }
    v128.store(y + at, best);
    v128.store(places + at, place);
  }
  for (; at < pixel; at += sizeof<T>()) {
    let best = load<T>(x + <usize> first * pixel + at), place = first;
    for (let r = r0; r < r1; r++) {
      for (let c = c0; c < c1; c++) {
        const p = r * width + c, value = load<T>(x + <usize> p * pixel + at);
        if (value > best || value != value) {
          best = value;
          place = p;
        }
      }
    }
    store<T>(y + at, best);
    store<T>(places + at, <T> place);
  }
}

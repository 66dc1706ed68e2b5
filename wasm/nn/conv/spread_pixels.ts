// Pixels of a dense image x (samples, rows, columns, channels) to pixels of out that lie apart, as those of one residue modulo
// a stride do: out := x, or out + x where `adds`; x = 0 clears. Pitches of out in elements; what is between stays as it is.
import { load_step, step, store_step } from "../../inline/step";
import { clear_run, copy_run } from "./copy_run";

// @ts-ignore: decorator
@kernel
export function spread_pixels<T>(
  samples: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  x: usize,
  adds: i32,
  out: usize,
  sample_pitch: i32,
  row_pitch: i32,
  column_pitch: i32,
): void {
  const size = sizeof<T>(), bytes = channels * <i32> size;
  for (let s = 0; s < samples; s++, out += <usize> sample_pitch * size) {
    let row = out;
    for (let r = 0; r < rows; r++, row += <usize> row_pitch * size) {
      let at = row;
      for (let c = 0; c < columns; c++, at += <usize> column_pitch * size) {
        if (x == 0) {
          clear_run(bytes, at);
          continue;
        }
        if (adds != 0) add_run<T>(channels, x, at);
        else copy_run(bytes, x, at);
        x += <usize> bytes;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function add_run<T>(n: i32, x: usize, y: usize): void {
  while (n > 0) {
    const count = step<T>(n), bytes = <usize> count * sizeof<T>();
    store_step<T>(y, v128.add<T>(load_step<T>(y, count), load_step<T>(x, count)), count);
    n -= count;
    x += bytes;
    y += bytes;
  }
}

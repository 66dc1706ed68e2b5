// Rows of `bytes` bytes, any dtype, from `pitch` bytes apart to `out_pitch` bytes apart; cleared where source is 0.
import { clear_run, copy_run } from "./conv/copy_run";

// @ts-ignore: decorator
@kernel
export function copy_rows(
  rows: i32,
  bytes: i32,
  source: usize,
  pitch: usize,
  out: usize,
  out_pitch: usize,
): void {
  for (let r = 0; r < rows; r++, out += out_pitch) {
    if (source == 0) {
      clear_run(bytes, out);
    } else {
      copy_run(bytes, source, out);
      source += pitch;
    }
  }
}

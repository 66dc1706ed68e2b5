// The kernel of the transposed convolution: out ((taps - 1 - tap) outputs + o, channel) := w (o, tap channels + channel).
// Taps are kernel rows x kernel columns, so that their order reversed is the kernel flipped in both. Any dtype: a pixel of
// channels takes `bytes`, rows of w are `pitch` bytes apart.
import { copy_run } from "./copy_run";

export function flip_taps(
  outputs: i32,
  taps: i32,
  bytes: i32,
  w: usize,
  pitch: usize,
  out: usize,
): void {
  for (let tap = taps - 1; tap >= 0; tap--) {
    let from = w + <usize> tap * bytes;
    for (let o = 0; o < outputs; o++, from += pitch, out += bytes) copy_run(bytes, from, out);
  }
}

// Copies a rectangle out of the matrix of all patches, (batch positions, kernel rows x kernel columns x channels):
// `rows` of its rows from `row` on, of each the elements from `column` on that take `bytes`; rows `pitch` bytes apart.
//
// A patch is a row of segments that are contiguous in the image: a whole kernel row, or one pixel where dilation takes
// the columns apart. Of a segment, the part over the image is copied and the rest is cleared. One source for both
// dtypes: `size` is the bytes of an element, `column` counts elements.
import * as g from "../geometry";
import { clear_run, copy_run } from "./copy_run";

export function gather_patches(
  size: i32,
  geometry: usize,
  images: usize,
  row: i32,
  rows: i32,
  column: i32,
  bytes: i32,
  out: usize,
  pitch: usize,
): void {
  const isWhole = g.dilation_x(geometry) == 1 && g.input_dilation_x(geometry) == 1;
  const taps = isWhole ? g.kernel_width(geometry) : 1;
  const pixel = g.channels(geometry) * size, whole = taps * pixel;
  const segmentsAcross = isWhole ? 1 : g.kernel_width(geometry);
  let segment = column * size / whole, from = column * size - segment * whole;
  for (; bytes > 0; segment++) {
    const length = min<i32>(whole - from, bytes);
    const v = segment % segmentsAcross, u = segment / segmentsAcross;
    gather_segment(geometry, images, row, rows, u, v, taps, pixel, from, length, out, pitch);
    from = 0;
    bytes -= length;
    out += length;
  }
}

/** The bytes from `from` on of the segment that begins at kernel row u and column v, of `rows` patches. */
function gather_segment(
  geometry: usize,
  images: usize,
  row: i32,
  rows: i32,
  u: i32,
  v: i32,
  taps: i32,
  pixel: i32,
  from: i32,
  length: i32,
  out: usize,
  pitch: usize,
): void {
  const height = g.height(geometry), width = g.width(geometry);
  const across = g.output_width(geometry), down = g.output_height(geometry);
  const spreadY = g.input_dilation_y(geometry), spreadX = g.input_dilation_x(geometry);
  const strideY = g.stride_y(geometry), strideX = g.stride_x(geometry);
  const originY = u * g.dilation_y(geometry) - g.top(geometry);
  const originX = v * g.dilation_x(geometry) - g.left(geometry);
  let line = row / across, x = row - line * across;
  let sample = line / down, y = line - sample * down;
  for (; rows > 0; rows--, out += pitch) {
    let i = y * strideY + originY, j = x * strideX + originX;
    let isInside = i >= 0;
    if (spreadY != 1) {
      isInside = isInside && i % spreadY == 0;
      i /= spreadY;
    }
    isInside = isInside && i < height;
    if (spreadX != 1) {
      isInside = isInside && j >= 0 && j % spreadX == 0;
      j /= spreadX;
    }
    // The bytes of the segment that lie over the image, first to last, within from .. from + length.
    let first = 0, last = 0;
    if (isInside) {
      first = min<i32>(max<i32>(0 - j * pixel - from, 0), length);
      last = max<i32>(min<i32>(min<i32>(width - j, taps) * pixel - from, length), first);
    }
    if (first > 0) clear_run(first, out);
    if (last > first) {
      const pixels = <usize> (sample * height + i) * width + j;
      copy_run(last - first, images + pixels * pixel + from + first, out + first);
    }
    if (last < length) clear_run(length - last, out + last);
    if (++x == across) {
      x = 0;
      if (++y == down) {
        y = 0;
        sample++;
      }
    }
  }
}

// How windows lie over images: what convolutions and pooling have in common.
import { wordView } from "../runtime/memory.ts";

/** A number for each of the two axes of an image. */
export type Pair = readonly [vertical: number, horizontal: number];

/**
 * Windows over images (B, height, width, channels).
 *
 * Window (y, x) begins at row y stride - offset of its image, and at such a column; what lies outside is zero.
 */
export interface PatchGeometry {
  /** Height and width of the images. */
  readonly image: Pair;
  /** Channels of the images. */
  readonly channels: number;
  /** Rows and columns of a window. */
  readonly kernel: Pair;
  /** Steps between windows. */
  readonly stride: Pair;
  /** Rows and columns of padding before the image; negative where windows begin inside it. */
  readonly offset: Pair;
  /** Steps between the rows and columns of a window. */
  readonly dilation: Pair;
  /** Steps between the rows and columns of the image, zeros in between. */
  readonly inputDilation: Pair;
  /** Windows down and across. */
  readonly output: Pair;
}

/** Bytes that `writeGeometry()` writes. */
export const GEOMETRY_BYTES = 64;

/** Writes a geometry where kernels are told to look for it (wasm/nn/geometry.ts). */
export function writeGeometry(geometry: PatchGeometry, address: number): void {
  const { image, channels, kernel, stride, offset, dilation, inputDilation, output } = geometry;
  const fields = [image, channels, kernel, stride, offset, dilation, inputDilation, output].flat();
  wordView(address, fields.length).set(fields);
}

/** Elements of a patch: kernel rows by kernel columns by channels, in that order. */
export function patchSize({ kernel: [rows, columns], channels }: PatchGeometry): number {
  return rows * columns * channels;
}

/** The element of the images that an element of the patches is, or undefined where it is zero. */
export function patchElement(
  { image, channels, kernel, stride, offset, dilation, inputDilation, output }: PatchGeometry,
  row: number,
  column: number,
): number | undefined {
  const tap = Math.floor(column / channels);
  const line = Math.floor(row / output[1]);
  const window = [line % output[0], row % output[1]];
  const within = [Math.floor(tap / kernel[1]), tap % kernel[1]];
  let pixel = Math.floor(line / output[0]);
  for (const axis of [0, 1]) {
    const spread = window[axis] * stride[axis] - offset[axis] + within[axis] * dilation[axis];
    const place = spread / inputDilation[axis];
    if (!Number.isInteger(place) || place < 0 || place >= image[axis]) return undefined;
    pixel = pixel * image[axis] + place;
  }
  return pixel * channels + column % channels;
}

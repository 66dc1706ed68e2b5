// Patches of images the long way: spread the image, pad it, cut the windows out. Row-major arrays of numbers.
import type { PatchGeometry } from "../../src/ops/patch_geometry.ts";

/** One image with zeros between its pixels, as a function that is zero outside. */
function spread(
  images: ArrayLike<number>,
  { image: [height, width], channels, inputDilation: [down, across] }: PatchGeometry,
  sample: number,
): (y: number, x: number, channel: number) => number {
  const size = [(height - 1) * down + 1, (width - 1) * across + 1];
  const canvas = new Float64Array(size[0] * size[1] * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        const value = images[((sample * height + y) * width + x) * channels + c];
        canvas[(y * down * size[1] + x * across) * channels + c] = value;
      }
    }
  }
  return (y, x, c) => {
    const isInside = y >= 0 && y < size[0] && x >= 0 && x < size[1];
    return isInside ? canvas[(y * size[1] + x) * channels + c] : 0;
  };
}

/** Every patch of every image, a row each: kernel row, kernel column, channel. */
export function patchRows(images: ArrayLike<number>, geometry: PatchGeometry): number[][] {
  const { image, channels, kernel, stride, offset, dilation, output } = geometry;
  const rows: number[][] = [];
  for (let sample = 0; sample < images.length / (image[0] * image[1] * channels); sample++) {
    const at = spread(images, geometry, sample);
    for (let y = 0; y < output[0]; y++) {
      for (let x = 0; x < output[1]; x++) {
        const row: number[] = [];
        for (let u = 0; u < kernel[0]; u++) {
          for (let v = 0; v < kernel[1]; v++) {
            for (let c = 0; c < channels; c++) {
              const down = y * stride[0] - offset[0] + u * dilation[0];
              row.push(at(down, x * stride[1] - offset[1] + v * dilation[1], c));
            }
          }
        }
        rows.push(row);
      }
    }
  }
  return rows;
}

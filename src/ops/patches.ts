// The matrix of all patches of images. It is never made: matrix products gather patches as they go.
import type { Tensor } from "../tensor/tensor.ts";
import { columnsBetween, Matrix, matrix } from "./matrix.ts";
import { type PatchGeometry, patchSize } from "./patch_geometry.ts";
import { copyRows } from "./rows.ts";

/** The patches of all images, (B positions, patch), perhaps with a one appended to each. */
export function patches(images: Tensor, geometry: PatchGeometry, hasOnes = false): Matrix {
  const { output: [down, across] } = geometry;
  const columns = patchSize(geometry) + (hasOnes ? 1 : 0);
  return new Matrix(
    images,
    images.shape[0] * down * across,
    columns,
    0,
    hasOnes,
    false,
    geometry,
  );
}

/**
 * Rearranges a kernel W (outputs, taps · channels, perhaps a bias) for the transposed convolution: row
 * (taps - 1 - tap) outputs + o of `out` (taps · outputs, channels) is what W has of filter o at that tap.
 */
export function flipTaps(weight: Matrix, out: Tensor): Tensor {
  const [rows, channels] = out.shape;
  const outputs = weight.rows, taps = rows / outputs;
  for (let tap = 0; tap < taps; tap++) {
    const from = columnsBetween(weight, tap * channels, (tap + 1) * channels);
    const to = out.view([outputs, channels], (taps - 1 - tap) * outputs * channels);
    copyRows(from, matrix(to));
  }
  return out;
}

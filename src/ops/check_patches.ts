// Whether kernels can trust a geometry: they check nothing that this does.
import { checkObject, checkWhole } from "../runtime/arguments.ts";
import { MAXIMUM_ELEMENTS } from "../tensor/shape.ts";
import { type PatchGeometry, patchSize } from "./patch_geometry.ts";

const LARGEST_INDEX = 0x7fffffff;
const LARGEST_ELEMENT_BYTES = 8;

/** Refuses a geometry that means nothing or reaches further than kernels can count. */
export function checkGeometry(action: string, geometry: PatchGeometry): void {
  checkObject(action, "the geometry of patches", geometry);
  const { image, channels, kernel, stride, offset, dilation, inputDilation, output } = geometry;
  checkWhole(action, "channels", channels, 1, LARGEST_INDEX);
  for (
    const [name, pair] of Object.entries({ image, kernel, stride, dilation, inputDilation, output })
  ) {
    for (const axis of [0, 1]) checkWhole(action, name, pair?.[axis], 1, LARGEST_INDEX);
  }
  for (const axis of [0, 1] as const) {
    checkWhole(action, "offset", offset?.[axis], -LARGEST_INDEX, LARGEST_INDEX);
    const windows = (output[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
    const reach = windows + Math.abs(offset[axis]) + image[axis] * inputDilation[axis];
    const bytes = channels * LARGEST_ELEMENT_BYTES;
    checkWhole(action, "the reach of the windows", reach, 1, LARGEST_INDEX / bytes);
  }
  checkWhole(action, "positions of the windows", output[0] * output[1], 1, MAXIMUM_ELEMENTS);
}

/** Refuses a geometry that has not `rows` patches of `columns` elements in images of `size` elements altogether. */
export function checkPatches(
  action: string,
  geometry: PatchGeometry,
  size: number,
  rows: number,
  columns: number,
): void {
  checkGeometry(action, geometry);
  const { image, channels, output } = geometry;
  const samples = size / (image[0] * image[1] * channels);
  if (samples * output[0] * output[1] !== rows || patchSize(geometry) !== columns) {
    throw new RangeError(
      `Cannot ${action}: ${rows} patches of ${columns} elements are not those of the geometry`,
    );
  }
}

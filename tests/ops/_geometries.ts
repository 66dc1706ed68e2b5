// Ways of laying windows over images.
import type { Pair, PatchGeometry } from "../../src/ops/patch_geometry.ts";

const ONE_TO_THREE = [1, 2, 3];

/** Windows that begin `padding` before an image and end as much behind it, or undefined where none fits. */
export function geometryOf(
  image: Pair,
  channels: number,
  [kernel, stride, dilation, padding, spread]: readonly number[],
): PatchGeometry | undefined {
  const count = (size: number): number => {
    const padded = (size - 1) * spread + 1 + 2 * padding;
    return Math.floor((padded - dilation * (kernel - 1) - 1) / stride) + 1;
  };
  const output: Pair = [count(image[0]), count(image[1])];
  if (output[0] < 1 || output[1] < 1) return undefined;
  return {
    image,
    channels,
    kernel: [kernel, kernel],
    stride: [stride, stride],
    offset: [padding, padding],
    dilation: [dilation, dilation],
    inputDilation: [spread, spread],
    output,
  };
}

/** All kernels, strides, dilations and paddings of 1 to 3 (paddings less one). */
export function everyGeometry(image: Pair, channels: number, spread = 1): PatchGeometry[] {
  const found: (PatchGeometry | undefined)[] = [];
  for (const kernel of ONE_TO_THREE) {
    for (const stride of ONE_TO_THREE) {
      for (const dilation of ONE_TO_THREE) {
        for (const padding of [0, 1, 2, 3, -1]) {
          found.push(geometryOf(image, channels, [kernel, stride, dilation, padding, spread]));
        }
      }
    }
  }
  return found.filter((geometry) => geometry !== undefined);
}

/** Windows whose sides, steps and offsets all differ. */
export const LOPSIDED: PatchGeometry = {
  image: [9, 7],
  channels: 3,
  kernel: [2, 4],
  stride: [3, 1],
  offset: [1, 2],
  dilation: [2, 1],
  inputDilation: [1, 1],
  output: [3, 8],
};

/** Images whose patches reach over every block of a matrix product, deep and wide. */
export const LARGE: PatchGeometry = {
  image: [13, 11],
  channels: 60,
  kernel: [3, 3],
  stride: [1, 1],
  offset: [1, 1],
  dilation: [1, 1],
  inputDilation: [1, 1],
  output: [13, 11],
};

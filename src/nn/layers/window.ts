// What layers with windows have in common: their options, and how the windows lie over an input.
import { checkGeometry } from "../../ops/check_patches.ts";
import type { Pair, PatchGeometry } from "../../ops/patch_geometry.ts";
import { checkWhole, describe } from "../../runtime/arguments.ts";
import { checkShape, formatShape, MAXIMUM_ELEMENTS, type Shape } from "../../tensor/shape.ts";

/**
 * Zeros around the image: as many on every side, none ("valid"), or as many as give ceil(size / stride) windows,
 * the odd one behind ("same").
 */
export type Padding = "same" | "valid" | number;

/** Windows before they meet an input. */
export interface Windows {
  /** Rows and columns. */
  readonly kernel: Pair;
  /** Steps between windows, down and across. */
  readonly stride: number;
  /** Zeros around the image. */
  readonly padding: Padding;
  /** Steps between the rows and columns of a window. */
  readonly dilation: number;
}

/** Refuses padding that is neither a word for it nor a whole number. */
export function checkPadding(action: string, padding: unknown): Padding {
  if (padding === "same" || padding === "valid") return padding;
  if (typeof padding === "number") {
    return checkWhole(action, "padding", padding, 0, MAXIMUM_ELEMENTS);
  }
  throw new TypeError(
    `Cannot ${action}: padding must be "same", "valid" or a number, not ${describe(padding)}`,
  );
}

/** How the windows lie over samples of a shape; throws where not one fits. */
export function placeWindows(layer: string, windows: Windows, input: Shape): PatchGeometry {
  checkShape(`apply ${layer}`, input);
  if (input.length !== 3 || input.some((size) => size < 1)) {
    throw new TypeError(
      `Cannot apply ${layer} to samples of shape ${
        formatShape(input)
      }: it needs height, width and channels, as (28, 28, 1)`,
    );
  }
  const { kernel, stride, padding, dilation } = windows;
  const [height, width, channels] = input;
  const place = (size: number, taps: number, axis: string): Placement => {
    const span = dilation * (taps - 1) + 1;
    if (padding === "same") return placeSame(size, span, stride);
    const before = padding === "valid" ? 0 : padding;
    const padded = size + 2 * before;
    if (span > padded) {
      throw new TypeError(
        `Cannot apply ${layer} to samples of shape ${
          formatShape(input)
        }: the window spans ${span} ${axis}, the padded input has ${padded}`,
      );
    }
    return { before, count: Math.floor((padded - span) / stride) + 1 };
  };
  const down = place(height, kernel[0], "rows"), across = place(width, kernel[1], "columns");
  const geometry: PatchGeometry = {
    image: [height, width],
    channels,
    kernel,
    stride: [stride, stride],
    offset: [down.before, across.before],
    dilation: [dilation, dilation],
    inputDilation: [1, 1],
    output: [down.count, across.count],
  };
  checkGeometry(`apply ${layer}`, geometry);
  return geometry;
}

interface Placement {
  before: number;
  count: number;
}

function placeSame(size: number, span: number, stride: number): Placement {
  const count = Math.ceil(size / stride);
  const missing = Math.max(0, (count - 1) * stride + span - size);
  return { before: Math.floor(missing / 2), count };
}

/**
 * The windows of the transposed map: it takes cotangents of the output to those of the input, as a convolution
 * of the output, spread by the stride, with the kernel flipped. Above a stride of 1 see strided_pull.ts.
 */
export function transposeWindows(geometry: PatchGeometry, filters: number): PatchGeometry {
  const { image, kernel, stride, offset, dilation, output } = geometry;
  const before = (axis: 0 | 1): number => dilation[axis] * (kernel[axis] - 1) - offset[axis];
  return {
    image: output,
    channels: filters,
    kernel,
    stride: [1, 1],
    offset: [before(0), before(1)],
    dilation,
    inputDilation: stride,
    output: image,
  };
}

// The pull of a cotangent through a convolution with a stride. Spreading it by the stride and convolving would multiply
// stride² times as many numbers, most of them zeros. Instead the input's pixels are parted by their residues modulo the
// stride: those of one residue meet the same taps, as in a convolution of stride 1 with a part of the kernel.
import { gemm } from "../../ops/gemm.ts";
import { type Matrix, matrix } from "../../ops/matrix.ts";
import type { PatchGeometry } from "../../ops/patch_geometry.ts";
import { flipTaps, patches } from "../../ops/patches.ts";
import { instance, kernels } from "../../runtime/instance.ts";
import { elementBytes } from "../../runtime/memory.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Buffers } from "./layer.ts";

/** Writes the cotangent pulled back through the kernel in `weight` to `out`, or adds it. */
export type Pull = (cotangent: Tensor, weight: Matrix, out: Tensor, adds: boolean) => void;

/** The pixels of one residue along one axis. */
interface Residue {
  /** The first of them. */
  readonly first: number;
  /** How many there are. */
  readonly count: number;
  /** Taps that reach them, last first: the order of the outputs that they come from. */
  readonly taps: readonly number[];
  /** The output that the first tap of the first pixel comes from. */
  readonly lowest: number;
  /** Outputs from one tap to the next. */
  readonly dilation: number;
}

function residues(
  { image, kernel, stride, offset, dilation }: PatchGeometry,
  axis: 0 | 1,
): Residue[] {
  const step = stride[axis];
  const found = Array.from({ length: Math.min(step, image[axis]) }, (_, first): Residue => {
    const outputOf = (tap: number): number => (first + offset[axis] - tap * dilation[axis]) / step;
    const taps = Array.from({ length: kernel[axis] }, (_, tap) => tap)
      .filter((tap) => Number.isInteger(outputOf(tap))).reverse();
    return {
      first,
      count: Math.ceil((image[axis] - first) / step),
      taps,
      lowest: taps.length > 0 ? outputOf(taps[0]) : 0,
      dilation: taps.length > 1 ? outputOf(taps[1]) - outputOf(taps[0]) : 1,
    };
  });
  return found;
}

/** Plans the pull to inputs of a shape (B, height, width, channels). */
export function planStridedPull(
  geometry: PatchGeometry,
  filters: number,
  [batchSize]: Shape,
  buffer: Buffers,
): Pull {
  const { channels, kernel: [rows, columns], image, stride } = geometry;
  const [down, across] = [residues(geometry, 0), residues(geometry, 1)];
  const flipped = buffer([rows * columns * filters, channels]);
  const part = buffer([rows * columns * filters, channels], "part");
  const largest = batchSize * Math.ceil(image[0] / stride[0]) * Math.ceil(image[1] / stride[1]);
  const pulled = buffer([largest, channels], "pulled");
  return (cotangent, weight, out, adds): void => {
    flipTaps(weight, flipped);
    for (const vertical of down) {
      for (const horizontal of across) {
        spread(pullPart(vertical, horizontal, cotangent), out, vertical, horizontal, adds);
      }
    }
  };

  /** What reaches the pixels of two residues, or nothing. */
  function pullPart(vertical: Residue, horizontal: Residue, cotangent: Tensor): Tensor | undefined {
    const taps = vertical.taps.length * horizontal.taps.length;
    if (taps === 0) return undefined;
    chooseTaps(vertical.taps, horizontal.taps);
    const windows: PatchGeometry = {
      image: geometry.output,
      channels: filters,
      kernel: [vertical.taps.length, horizontal.taps.length],
      stride: [1, 1],
      offset: [-vertical.lowest, -horizontal.lowest],
      dilation: [vertical.dilation, horizontal.dilation],
      inputDilation: [1, 1],
      output: [vertical.count, horizontal.count],
    };
    const result = pulled.view([batchSize * vertical.count * horizontal.count, channels]);
    return gemm(patches(cotangent, windows), matrix(part.view([taps * filters, channels])), result);
  }

  /** part = the blocks of `flipped` that belong to these taps: rows of the kernel, and runs of taps `stride` apart. */
  function chooseTaps(vertical: readonly number[], horizontal: readonly number[]): void {
    const bytes = elementBytes(part.dtype, filters * channels), { copy_rows } = instance().exports;
    const [last, next = last] = horizontal, apart = Math.max(1, last - next);
    for (const [i, y] of vertical.entries()) {
      const block = rows * columns - 1 - (y * columns + last);
      const to = part.pointer + i * horizontal.length * bytes;
      const from = flipped.pointer + block * bytes;
      copy_rows(horizontal.length, bytes, from, apart * bytes, to, bytes);
    }
  }

  /** Puts the pixels of two residues where they belong; clears them where nothing reaches them. */
  function spread(
    from: Tensor | undefined,
    to: Tensor,
    vertical: Residue,
    horizontal: Residue,
    adds: boolean,
  ): void {
    if (adds && !from) return;
    const first = (vertical.first * image[1] + horizontal.first) * channels;
    kernels(to.dtype).spread_pixels(
      ...[batchSize, vertical.count, horizontal.count, channels] as const,
      from ? from.pointer : 0,
      adds ? 1 : 0,
      to.pointer + elementBytes(to.dtype, first),
      image[0] * image[1] * channels,
      stride[0] * image[1] * channels,
      stride[1] * channels,
    );
  }
}

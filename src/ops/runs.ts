// Runs of elements that are moved by their numbers, as rows of a batch or steps of a sequence.
import { bytesPerElement } from "../runtime/dtype.ts";
import { instance } from "../runtime/instance.ts";
import { wordView, workspace } from "../runtime/memory.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Which run goes where: numbers of runs, or absent for 0, 1, 2, … */
export interface Moves {
  readonly count: number;
  /** Elements of a run. */
  readonly width: number;
  readonly from?: Uint32Array;
  readonly to?: Uint32Array;
}

/** Run to[i] of out = run from[i] of source, or zeros without one. Numbers must be within the tensors. */
export function moveRuns(
  { count, width, from, to }: Moves,
  source: Tensor | undefined,
  out: Tensor,
): Tensor {
  if (source && source.dtype !== out.dtype) {
    throw new TypeError(
      `Cannot move runs of ${source.dtype} ${
        formatShape(source.shape)
      } to ${out.dtype}: the dtypes differ`,
    );
  }
  const held = [from, to].map((numbers) => numbers?.subarray(0, count));
  const words = workspace(Uint32Array.BYTES_PER_ELEMENT * 2 * count);
  const [first, last] = held.map((numbers, i) => {
    if (!numbers) return 0;
    const pointer = words + Uint32Array.BYTES_PER_ELEMENT * i * count;
    wordView(pointer, count).set(numbers);
    return pointer;
  });
  const bytes = width * bytesPerElement(out.dtype);
  instance().exports.move_runs(count, bytes, first, source ? source.pointer : 0, last, out.pointer);
  return out;
}

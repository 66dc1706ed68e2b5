// Runs of elements that are moved by their numbers, as rows of a batch or steps of a sequence.
import { bytesPerElement } from "../runtime/dtype.ts";
import { instance } from "../runtime/instance.ts";
import { wordView, workspace } from "../runtime/memory.ts";
import type { Scope } from "../runtime/scope.ts";
import { formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;

/** Which run goes where: numbers of runs, or absent for 0, 1, 2, … */
export interface Moves {
  readonly count: number;
  /** Elements of a run. */
  readonly width: number;
  readonly from?: RunNumbers;
  readonly to?: RunNumbers;
}

/** Numbers of runs: those of an array go through the kernels' workspace, held ones lie ready. */
export type RunNumbers = Uint32Array | HeldNumbers;

/** Numbers of runs in kernel memory. */
export class HeldNumbers {
  /** Their bits. */
  readonly tensor: Tensor;

  /** Takes kernel memory for them, which a scope owns. */
  constructor(numbers: Uint32Array, scope: Scope) {
    this.tensor = scope.own(new Tensor("float32", [numbers.length]));
    wordView(this.tensor.pointer, numbers.length).set(numbers);
  }
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
  const arrays = [from, to].filter((numbers) => numbers instanceof Uint32Array).length;
  let next = arrays > 0 ? workspace(WORD_BYTES * arrays * count) : 0;
  const [first, last] = [from, to].map((numbers) => {
    if (!numbers) return 0;
    if (numbers instanceof HeldNumbers) return numbers.tensor.pointer;
    const pointer = next;
    next += WORD_BYTES * count;
    wordView(pointer, count).set(numbers.subarray(0, count));
    return pointer;
  });
  const bytes = width * bytesPerElement(out.dtype);
  instance().exports.move_runs(count, bytes, first, source ? source.pointer : 0, last, out.pointer);
  return out;
}

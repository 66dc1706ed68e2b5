// Elements of tensors that lie apart, as those of a diagonal or a column.
import { kernels } from "../runtime/instance.ts";
import { elementBytes } from "../runtime/memory.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** `count` elements from `first` on, `step` from one to the next. */
export interface Every {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** The diagonal of a matrix (n, n), or its first `count` elements. */
export function diagonalOf(n: number, count = n): Every {
  return { first: 0, step: n + 1, count };
}

/** Column `k` of a matrix (rows, width). */
export function columnOf(rows: number, width: number, k: number): Every {
  return { first: k, step: width, count: rows };
}

/** Where the elements of a tensor begin; refuses those that it does not have. */
function begin({ dtype, shape, size, pointer }: Tensor, { first, step, count }: Every): number {
  const last = first + Math.max(0, count - 1) * step;
  if (count > 0 && !(first >= 0 && step >= 0 && last < size)) {
    throw new RangeError(
      `Cannot take element ${last} of a tensor of shape ${formatShape(shape)}: it has ${size}`,
    );
  }
  return pointer + elementBytes(dtype, first);
}

function checkPair(x: Tensor, y: Tensor, from: Every, to: Every): void {
  if (x.dtype === y.dtype && from.count === to.count) return;
  throw new TypeError(
    `Cannot combine ${from.count} elements of ${x.dtype} and ${to.count} of ${y.dtype}`,
  );
}

/** out = value at these elements. */
export function fillEvery(out: Tensor, at: Every, value: number): Tensor {
  kernels(out.dtype).fill_strided(at.count, value, begin(out, at), at.step);
  return out;
}

/** out = x, element by element of those. */
export function copyEvery(x: Tensor, from: Every, out: Tensor, to: Every): Tensor {
  checkPair(x, out, from, to);
  const { copy_strided } = kernels(out.dtype);
  copy_strided(to.count, begin(x, from), from.step, begin(out, to), to.step);
  return out;
}

/** out = out + alpha at these elements, or + alpha x for a vector x, in float64 and rounded once. */
export function addEvery(out: Tensor, at: Every, alpha: number, x?: Tensor): Tensor {
  if (x) checkPair(x, out, { first: 0, step: 1, count: x.size }, at);
  const { add_strided } = kernels(out.dtype);
  add_strided(at.count, alpha, x ? x.pointer : 0, 1, begin(out, at), at.step);
  return out;
}

/** The sum of these elements in float64, in order. */
export function sumEvery(x: Tensor, at: Every): number {
  return kernels(x.dtype).sum_strided(at.count, begin(x, at), at.step);
}

// Calls of the kernels that look rows up by indices, which are numbers of the dtype of everything else.
import { kernels } from "../runtime/instance.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ProductScales } from "./gemm.ts";
import type { Matrix } from "./matrix.ts";

/** The kernels' word for no index. */
const NONE = -1;

/** The place of the first of `size` elements from `first` on that is no index below `count`; -1 where all are. */
export function firstNoIndex(x: Tensor, first: number, size: number, count: number): number {
  const { pointer } = x.view([size], first);
  return kernels(x.dtype).first_no_index(size, count, pointer);
}

/** out (rows, features) = the rows of `weight` at the indices (rows); zeros at index `fixed`. */
export function lookUp(weight: Tensor, indices: Tensor, out: Tensor, fixed: number = NONE): void {
  const { lookup } = kernels(out.dtype);
  lookup(
    indices.size,
    weight.shape[1],
    fixed,
    indices.pointer,
    weight.pointer,
    out.pointer,
  );
}

/** out (count, features) = alpha times the sums of cotangents at each index + beta out; nothing comes to index `fixed`. */
export function pullLookup(
  cotangents: Matrix,
  indices: Matrix,
  out: Tensor,
  { alpha = 1, beta = 0 }: ProductScales,
  fixed: number = NONE,
): void {
  const [count, features] = out.shape;
  const { lookup_pull } = kernels(out.dtype);
  lookup_pull(
    indices.rows,
    count,
    features,
    fixed,
    alpha,
    cotangents.tensor.pointer,
    indices.tensor.pointer,
    beta,
    out.pointer,
  );
}

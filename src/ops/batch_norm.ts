// Calls of the kernels of batch normalization. Tensors count as rows of n columns.
import { kernels } from "../runtime/instance.ts";
import { workspace } from "../runtime/memory.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Scratch memory for so many float64 sums of each column. */
function sums(columns: number, each: number): number {
  return workspace(columns * each * Float64Array.BYTES_PER_ELEMENT);
}

/** Columns at mean 0 and variance 1, and what was divided by. */
export interface NormalizedColumns {
  /** x̂ = (x - mean) r. */
  readonly rows: Tensor;
  /** r = 1 / √(variance + ε), one for each column. */
  readonly inverse: Tensor;
}

/** A mean and a variance for each column. */
export interface ColumnStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** out = the columns of x, normalized by their own statistics, which are written. */
export function normalizeColumns(
  x: Tensor,
  epsilon: number,
  { rows, inverse }: NormalizedColumns,
  { mean, variance }: ColumnStatistics,
): void {
  const { batch_norm } = kernels(x.dtype), n = inverse.size;
  batch_norm(
    x.size / n,
    n,
    epsilon,
    sums(n, 2),
    x.pointer,
    rows.pointer,
    inverse.pointer,
    mean.pointer,
    variance.pointer,
  );
}

/** The same by statistics that are given. */
export function normalizeColumnsBy(
  { mean, variance }: ColumnStatistics,
  x: Tensor,
  epsilon: number,
  { rows, inverse }: NormalizedColumns,
): void {
  const { batch_norm_fixed } = kernels(x.dtype), n = inverse.size;
  batch_norm_fixed(
    x.size / n,
    n,
    epsilon,
    sums(n, 2),
    mean.pointer,
    variance.pointer,
    x.pointer,
    rows.pointer,
    inverse.pointer,
  );
}

/** out = P c, P the symmetric derivative of columns by their own statistics: r (c - mean(c) - x̂ mean(x̂ c)). */
export function projectColumns({ rows, inverse }: NormalizedColumns, c: Tensor, out: Tensor): void {
  const { batch_norm_project } = kernels(c.dtype), n = inverse.size;
  batch_norm_project(
    c.size / n,
    n,
    sums(n, 2),
    rows.pointer,
    inverse.pointer,
    c.pointer,
    out.pointer,
  );
}

/** out += the change of P along a tangent of x, times c; `pushed` is P times the tangent. */
export function bendColumns(
  { rows, inverse }: NormalizedColumns,
  tangent: Tensor,
  pushed: Tensor,
  c: Tensor,
  out: Tensor,
): void {
  const { batch_norm_bend } = kernels(c.dtype), n = inverse.size;
  batch_norm_bend(
    c.size / n,
    n,
    sums(n, 4),
    rows.pointer,
    inverse.pointer,
    tangent.pointer,
    pushed.pointer,
    c.pointer,
    out.pointer,
  );
}

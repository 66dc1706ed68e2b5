import { machineEpsilon } from "../../runtime/dtype.ts";
import { axpy, dot, norm, scale } from "../../ops/vector.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Twice is enough (Giraud, Langou & Rozložník 2005): the second pass removes what rounding left. */
const PASSES = 2;

/** Subtracts from `v` its projection on rows that are orthonormal. */
export function orthogonalize(v: Tensor, rows: readonly Tensor[]): void {
  for (let pass = 0; pass < PASSES; pass++) {
    for (const row of rows) axpy(-dot(row, v), row, v);
  }
}

/** Makes `v` a unit vector orthogonal to the rows; false when it lies in their span, up to rounding. */
export function orthonormalize(v: Tensor, rows: readonly Tensor[]): boolean {
  const before = norm(v);
  orthogonalize(v, rows);
  const after = norm(v);
  if (!(after > v.size * machineEpsilon(v.dtype) * before)) return false;
  scale(1 / after, v);
  return true;
}

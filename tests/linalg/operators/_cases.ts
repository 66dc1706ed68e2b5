// Operators beside their dense twins.
import type { DType } from "../../../src/runtime/dtype.ts";
import type { LinearOperator } from "../../../src/linalg/operator.ts";
import { tensor } from "../../../src/tensor/create.ts";
import { allNear, equal } from "../../_support/assert.ts";
import { identityBound } from "../../_support/tolerance.ts";
import { asTensor, type Rows, rowsOf, times, transposed } from "../../oracles/dense_algebra.ts";
import { uniform } from "../../oracles/symmetric_matrices.ts";

/** Both dtypes. */
export const DTYPES: readonly DType[] = ["float32", "float64"];

/** A matrix of small numbers that are exact in float32. */
export function randomRows(m: number, n: number, seed: number): Rows {
  const next = uniform(seed);
  return rowsOf(m, n, () => Math.fround(next()));
}

/** The same, symmetric. */
export function randomSymmetric(n: number, seed: number): Rows {
  const lower = randomRows(n, n, seed);
  return rowsOf(n, n, (i, j) => lower[Math.max(i, j)][Math.min(i, j)]);
}

/** Positive definite: symmetric, with n added to the diagonal. */
export function randomPositive(n: number, seed: number): Rows {
  return randomSymmetric(n, seed).map((row, i) =>
    row.map((x, j) => i === j ? Math.fround(x + n) : x)
  );
}

/** Fails unless products with the operator, its transpose and `toDense()` are those of the matrix. */
export function checkTwin(op: LinearOperator, twin: Rows, name: string): void {
  const n = twin.length, { dtype } = op, bound = identityBound(dtype);
  equal(op.size, n, `${name}: order`);
  const dense = op.toDense(), v = asTensor(randomRows(1, n, 77), dtype);
  const product = op.apply(v), adjoint = op.applyTranspose(v);
  const into = tensor(new Float64Array(n).fill(NaN), { dtype });
  op.apply(v, into);
  allNear(dense.data, twin.flat(), bound, `${name}: dense`);
  allNear(product.data, times(twin, v.data), bound, `${name}: product`);
  allNear(adjoint.data, times(transposed(twin), v.data), bound, `${name}: transpose`);
  equal([...into.data], [...product.data], `${name}: into`);
  for (const t of [dense, v, product, adjoint, into]) t.dispose();
}

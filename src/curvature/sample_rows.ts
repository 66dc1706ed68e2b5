// What shortcuts ask of a site: that W multiplies one row of A for each sample, and where that row is.
import type { AffineSite } from "../nn/linearization.ts";
import { gemm } from "../ops/gemm.ts";
import { type Matrix, matrix } from "../ops/matrix.ts";
import { filled } from "../tensor/result.ts";
import { Tensor } from "../tensor/tensor.ts";

/** True where a site's gradient of sample n is g_n a_nᵀ: one row of A and of G, and a column of A for each of W's. */
export function hasOneRowEach(
  { form, inputs, weight: { shape: [, columns] } }: AffineSite,
  batchSize: number,
): boolean {
  return form.isOuterProduct && inputs.rows === batchSize && inputs.columns === columns;
}

/** Rows that memory does not hold, as patches of images or ones, in a new tensor (rows, columns). */
export function heldRows(rows: Matrix): Tensor {
  const { tensor: { dtype }, columns } = rows;
  using unit = new Tensor(dtype, [columns, columns]);
  const { data } = unit;
  data.fill(0);
  for (let i = 0; i < columns; i++) data[i * (columns + 1)] = 1;
  return filled(new Tensor(dtype, [rows.rows, columns]), (out) => {
    gemm(rows, matrix(unit), out);
  });
}

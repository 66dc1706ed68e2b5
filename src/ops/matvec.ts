import { instance, kernels } from "../runtime/instance.ts";
import { workspace } from "../runtime/memory.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gemm, type ProductScales } from "./gemm.ts";
import { type Matrix, matrix } from "./matrix.ts";
import { GEOMETRY_BYTES, type PatchGeometry, writeGeometry } from "./patch_geometry.ts";
import { fill, sum } from "./vector.ts";

function checkFit(a: Matrix, x: Tensor, out: Tensor): void {
  if (x.size !== a.columns || out.size !== a.rows) {
    throw new TypeError(
      `Cannot multiply ${formatShape([a.rows, a.columns])} by ${formatShape(x.shape)} ` +
        `into ${formatShape(out.shape)}: the sizes differ`,
    );
  }
  if (a.tensor.dtype !== x.dtype || x.dtype !== out.dtype) {
    throw new TypeError("Cannot multiply a matrix by a vector: their dtypes differ");
  }
}

/** out = alpha a x + beta out; with a column of ones only beta = 0. Cost: 2 rows columns flops. */
export function matvec(a: Matrix, x: Tensor, out: Tensor, scales: ProductScales = {}): Tensor {
  const { alpha = 1 } = scales;
  let { beta = 0 } = scales;
  checkFit(a, x, out);
  if (a.patches) {
    gemm(a, matrix(x.view([x.size, 1])), out.view([out.size, 1]), scales);
    return out;
  }
  if (a.hasOnes) {
    if (beta !== 0) throw new RangeError("Cannot multiply a homogeneous matrix: beta must be 0");
    if (a.isTransposed) out.data[a.rows - 1] = alpha * sum(x);
    else {
      fill(out, alpha * x.data[a.columns - 1]);
      beta = 1;
    }
  }
  const trans = a.isTransposed ? 1 : 0;
  kernels(out.dtype).gemv(
    trans,
    a.storedRows,
    a.heldColumns,
    alpha,
    a.tensor.pointer,
    a.stride,
    x.pointer,
    beta,
    out.pointer,
  );
  return out;
}

/** out = a x for a symmetric matrix held in full (n, n). */
export function symv(a: Tensor, x: Tensor, out: Tensor): Tensor {
  const [n, m] = a.shape;
  if (a.shape.length !== 2 || n !== m || x.size !== n || out.size !== n) {
    throw new TypeError(
      `Cannot multiply ${formatShape(a.shape)} by ${formatShape(x.shape)}: the sizes differ`,
    );
  }
  kernels(a.dtype).symv(n, 1, a.pointer, n, x.pointer, 0, out.pointer);
  return out;
}

/** The mean of the rows of a matrix that is not transposed; the mean of the ones is 1. */
export function columnMean(a: Matrix, out: Tensor): Tensor {
  if (a.isTransposed || out.size !== a.columns) {
    throw new TypeError(
      `Cannot write the column means of ${formatShape([a.rows, a.columns])} to ` +
        `${formatShape(out.shape)}: the sizes differ`,
    );
  }
  if (a.patches) patchesColumnMean(a, a.patches, out);
  else {
    const { column_mean } = kernels(out.dtype);
    column_mean(a.storedRows, a.heldColumns, a.tensor.pointer, a.stride, out.pointer);
  }
  if (a.hasOnes) out.data[a.columns - 1] = 1;
  return out;
}

function patchesColumnMean(a: Matrix, patches: PatchGeometry, out: Tensor): void {
  const geometry = workspace(
    GEOMETRY_BYTES + instance().exports.patches_column_mean_work_bytes(a.heldColumns),
  );
  writeGeometry(patches, geometry);
  kernels(out.dtype).patches_column_mean(
    a.storedRows,
    a.heldColumns,
    a.tensor.pointer,
    geometry,
    out.pointer,
    geometry + GEOMETRY_BYTES,
  );
}

import { gemm } from "../ops/gemm.ts";
import { matrix } from "../ops/matrix.ts";
import { machineEpsilon } from "../runtime/dtype.ts";
import { Scope } from "../runtime/scope.ts";
import { cast } from "../tensor/create.ts";
import { Tensor } from "../tensor/tensor.ts";
import { powersInPlace } from "./_powers.ts";
import { mirrorLower } from "../ops/face_splitting.ts";
import { scaleColumns } from "../ops/row_products.ts";
import { checkFinite, preciseSymmetric } from "./_symmetric.ts";
import { eigh } from "./eigh.ts";

/**
 * A^exponent of a symmetric matrix: its eigenvectors with powers of its eigenvalues, in float64.
 *
 * Shapes: a (n, n), result the same, of a's dtype and exactly symmetric. Cost: about 10 n³ flops.
 *
 * @throws {RangeError} when `a` is not symmetric, or an eigenvalue has no such power.
 * @throws {NonFiniteError} when an element is not finite, or one of the power beyond the range of the dtype.
 */
export function symmetricPower(a: Tensor, exponent: number): Tensor {
  const [n] = a.shape, scope = new Scope();
  try {
    const { values, vectors } = scope.own(
      eigh(scope.own(preciseSymmetric("raise a matrix to a power", a))),
    );
    const largest = Math.max(Math.abs(values.data[0]), Math.abs(values.data[n - 1]));
    const allowance = n * machineEpsilon(a.dtype) * largest;
    powersInPlace("raise a matrix to a power", values, exponent, allowance);
    const scaled = scope.own(new Tensor("float64", a.shape));
    const power = scope.own(new Tensor("float64", a.shape));
    scaleColumns(vectors, values, scaled);
    gemm(matrix(scaled), matrix(vectors).T, power);
    mirrorLower(power);
    const result = scope.own(cast(power, a.dtype));
    checkFinite("raise a matrix to a power", result, "the power");
    return scope.keep(result);
  } finally {
    scope.dispose();
  }
}

import { checkOptions } from "../../runtime/arguments.ts";
import { checkDType, type DType } from "../../runtime/dtype.ts";
import { copy } from "../../ops/vector.ts";
import { TENSOR_NAMES, type TensorOptions } from "../../tensor/create.ts";
import { checkShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { LinearOperator } from "../operator.ts";

class IdentityOperator extends LinearOperator {
  constructor(size: number, dtype: DType) {
    super({ size, dtype, isPositiveSemidefinite: true });
  }

  protected override multiply(v: Tensor, out: Tensor): void {
    copy(v, out);
  }
}

/**
 * Makes the identity of an order; scaled, it is the curvature that gradient descent assumes.
 *
 * @throws {TypeError} when the order is not a number or the dtype is unknown.
 * @throws {RangeError} when the order is negative or fractional.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { identityOperator } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using v = tensor([1, 2]);
 * using product = identityOperator(2).scale(3).apply(v);
 * assertEquals(product.toArray(), [3, 6]);
 * ```
 */
export function identityOperator(size: number, options: TensorOptions = {}): LinearOperator {
  checkOptions("make an identity", options, TENSOR_NAMES);
  const { dtype = "float32" } = options;
  checkShape("make an identity", [size]);
  checkDType("make an identity", dtype);
  return new IdentityOperator(size, dtype);
}

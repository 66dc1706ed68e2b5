import { checkOptions } from "../../runtime/arguments.ts";
import { matrix } from "../../ops/matrix.ts";
import { matvec } from "../../ops/matvec.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { squareOrder } from "../_vectors.ts";
import { LinearOperator, type OperatorProperties, PROPERTY_NAMES } from "../operator.ts";

class DenseOperator extends LinearOperator {
  readonly #matrix: Tensor;

  constructor(a: Tensor, size: number, properties: OperatorProperties) {
    super({ ...properties, size, dtype: a.dtype });
    this.#matrix = a;
  }

  protected override multiply(v: Tensor, out: Tensor, isTransposed: boolean): void {
    const a = matrix(this.#matrix);
    matvec(isTransposed ? a.T : a, v, out);
  }
}

/**
 * Makes an operator of a matrix, which it looks at and does not copy.
 *
 * Shapes: a (n, n), with n > 0. Cost of a product: 2 n² flops.
 *
 * @param properties What is known of the matrix; it is not verified.
 * @throws {TypeError} when `a` is not a square matrix.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { denseOperator } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using a = tensor([[1, 2], [3, 4]]);
 * using v = tensor([1, 1]);
 * const op = denseOperator(a);
 * using product = op.add(10).apply(v);
 * using transposed = op.applyTranspose(v);
 * assertEquals(product.toArray(), [13, 17]);
 * assertEquals(transposed.toArray(), [4, 6]);
 * ```
 */
export function denseOperator(a: Tensor, properties: OperatorProperties = {}): LinearOperator {
  const action = "make an operator of a matrix";
  checkOptions(action, properties, PROPERTY_NAMES);
  return new DenseOperator(a, squareOrder(action, a, "a"), properties);
}

import { LinearOperator } from "../linalg/operator.ts";
import { checkLinearization, type Linearization } from "../nn/linearization.ts";
import type { Tensor } from "../tensor/tensor.ts";

class HessianOperator extends LinearOperator {
  readonly #lin: Linearization;

  constructor(lin: Linearization) {
    super({ size: lin.parameterCount, dtype: lin.output.dtype, isSymmetric: true });
    this.#lin = lin;
  }

  protected override multiply(v: Tensor, out: Tensor): void {
    this.#lin.hvp(v, out);
  }
}

/**
 * The Hessian of the mean loss as an operator; symmetric, in general indefinite.
 *
 * Shapes: vectors have the parameters' elements (P). Cost of a product: about two gradients. It reads the
 * linearization, which must outlive it.
 *
 * @throws {TypeError} when `lin` is not a linearization.
 *
 * Source: Pearlmutter 1994.
 *
 * @example
 * ```ts
 * import { dense, hessian, sequential, squaredError, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * using input = tensor([[1], [3]]);
 * using target = tensor([[0], [0]]);
 * using lin = model.linearize(squaredError(), { input, target });
 * using operator = hessian(lin);
 * using matrix = operator.toDense();
 * assertEquals(matrix.toArray(), [[5, 2], [2, 1]]);
 * ```
 */
export function hessian(lin: Linearization): LinearOperator {
  checkLinearization("make a Hessian", lin);
  return new HessianOperator(lin);
}

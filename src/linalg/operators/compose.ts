import { checkOptions } from "../../runtime/arguments.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { checkSameSpace } from "../_vectors.ts";
import {
  checkLinearOperator,
  LinearOperator,
  type OperatorProperties,
  PROPERTY_NAMES,
} from "../operator.ts";

class CompositeOperator extends LinearOperator {
  readonly #a: LinearOperator;
  readonly #b: LinearOperator;
  readonly #between: Tensor;

  constructor(a: LinearOperator, b: LinearOperator, properties: OperatorProperties) {
    super({ ...properties, size: a.size, dtype: a.dtype });
    this.#a = a;
    this.#b = b;
    this.#between = new Tensor(a.dtype, [a.size]);
  }

  override dispose(): void {
    this.#between.dispose();
  }

  protected override multiply(v: Tensor, out: Tensor, isTransposed: boolean): void {
    if (isTransposed) this.#b.applyTranspose(this.#a.applyTranspose(v, this.#between), out);
    else this.#a.apply(this.#b.apply(v, this.#between), out);
  }
}

/**
 * Composes two operators: (A B) v = A (B v).
 *
 * A product of symmetric operators is in general not symmetric; declare it where it is. It plans one
 * vector.
 *
 * @param properties What is known of the product; it is not verified.
 * @throws {TypeError} when the orders or dtypes differ.
 *
 * @example
 * ```ts
 * import { diagonal, tensor } from "curvature";
 * import { compose, denseOperator } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor([1, 10]);
 * using a = tensor([[0, 1], [1, 0]]);
 * using v = tensor([2, 3]);
 * using product = compose(diagonal(d), denseOperator(a));
 * using result = product.apply(v);
 * assertEquals(result.toArray(), [3, 20]);
 * ```
 */
export function compose(
  a: LinearOperator,
  b: LinearOperator,
  properties: OperatorProperties = {},
): LinearOperator {
  checkLinearOperator("compose operators", "the first operator", a);
  checkLinearOperator("compose operators", "the second operator", b);
  checkOptions("compose operators", properties, PROPERTY_NAMES);
  checkSameSpace("compose", a, b);
  return new CompositeOperator(a, b, properties);
}

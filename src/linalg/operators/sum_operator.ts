import { axpy } from "../../ops/vector.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { checkSameSpace } from "../_vectors.ts";
import { checkLinearOperator, LinearOperator } from "../operator.ts";

class SumOperator extends LinearOperator {
  readonly #a: LinearOperator;
  readonly #b: LinearOperator;
  readonly #term: Tensor;

  constructor(a: LinearOperator, b: LinearOperator) {
    super({
      size: a.size,
      dtype: a.dtype,
      isSymmetric: a.isSymmetric && b.isSymmetric,
      isPositiveSemidefinite: a.isPositiveSemidefinite && b.isPositiveSemidefinite,
    });
    this.#a = a;
    this.#b = b;
    this.#term = new Tensor(a.dtype, [a.size]);
  }

  override dispose(): void {
    this.#term.dispose();
  }

  protected override multiply(v: Tensor, out: Tensor, isTransposed: boolean): void {
    const a = this.#a, b = this.#b, term = this.#term;
    if (isTransposed) {
      a.applyTranspose(v, out);
      b.applyTranspose(v, term);
    } else {
      a.apply(v, out);
      b.apply(v, term);
    }
    axpy(1, term, out);
  }
}

/**
 * Adds two operators: (A + B) v = A v + B v.
 *
 * The sum is symmetric, and positive semidefinite, when both terms are. It plans one vector.
 *
 * @throws {TypeError} when the orders or dtypes differ.
 *
 * @example
 * ```ts
 * import { add, diagonal, tensor } from "curvature";
 * import { identityOperator } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor([1, 2]);
 * using v = tensor([1, 1]);
 * using sum = add(diagonal(d), identityOperator(2));
 * using product = sum.apply(v);
 * assertEquals(product.toArray(), [2, 3]);
 * ```
 */
export function add(a: LinearOperator, b: LinearOperator): LinearOperator {
  checkLinearOperator("add operators", "the first operator", a);
  checkLinearOperator("add operators", "the second operator", b);
  checkSameSpace("add", a, b);
  return new SumOperator(a, b);
}

import { checkFunction, checkNamed, namesOf } from "../runtime/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { DESCRIPTION_NAMES, LinearOperator, type OperatorDescription } from "./operator.ts";

type Product = (v: Tensor, out: Tensor) => void;

/** An operator as a function: `linearOperator()`. */
export interface OperatorDefinition extends OperatorDescription {
  /** out = A v; `out` holds anything before, every element of it must be written. */
  readonly apply: (v: Tensor, out: Tensor) => void;
  /** out = Aᵀ v. @default none; a symmetric operator needs none */
  readonly applyTranspose?: (v: Tensor, out: Tensor) => void;
}

const NAMES = namesOf<OperatorDefinition, OperatorDescription>({
  apply: true,
  applyTranspose: true,
}, DESCRIPTION_NAMES);

class FunctionOperator extends LinearOperator {
  readonly #apply: Product;
  readonly #transpose: Product | undefined;

  constructor(definition: OperatorDefinition) {
    const { size, dtype, isSymmetric = false, isPositiveSemidefinite = false } = definition;
    super({ size, dtype, isSymmetric, isPositiveSemidefinite });
    this.#apply = definition.apply;
    this.#transpose = definition.applyTranspose;
  }

  protected override multiply(v: Tensor, out: Tensor, isTransposed: boolean): void {
    const product = isTransposed ? this.#transpose : this.#apply;
    if (!product) {
      throw new TypeError("Cannot apply the transpose of an operator: it was defined without one");
    }
    product(v, out);
  }
}

/**
 * Makes an operator from a function that multiplies vectors.
 *
 * What `scipy.sparse.linalg.LinearOperator` is for: hand any matrix-free product to a solver.
 *
 * Shapes: the function gets v (n) and out (n), tensors of the dtype.
 *
 * @throws {TypeError} when the definition lacks a function, or its dtype is unknown.
 * @throws {RangeError} when the size is negative or fractional.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { linearOperator } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * const reversal = linearOperator({
 *   size: 3,
 *   dtype: "float32",
 *   isSymmetric: true,
 *   apply: (v, out) => out.data.set(v.data.toReversed()),
 * });
 * using v = tensor([1, 2, 3]);
 * using product = reversal.apply(v);
 * assertEquals(product.toArray(), [3, 2, 1]);
 * ```
 */
export function linearOperator(definition: OperatorDefinition): LinearOperator {
  const action = "define an operator";
  checkNamed(action, "the definition", definition, NAMES);
  const { apply, applyTranspose } = definition;
  checkFunction(action, "apply", apply);
  if (applyTranspose !== undefined) checkFunction(action, "applyTranspose", applyTranspose);
  return new FunctionOperator(definition);
}

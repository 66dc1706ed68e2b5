import { HeldNumbers, moveRuns } from "../../ops/runs.ts";
import { describe } from "../../runtime/arguments.ts";
import { fill } from "../../ops/vector.ts";
import { Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { checkLinearOperator, LinearOperator } from "../operator.ts";

class SubmatrixOperator extends LinearOperator {
  readonly #base: LinearOperator;
  readonly #indices: HeldNumbers;
  readonly #scope: Scope = new Scope();
  readonly #scattered: Tensor;
  readonly #product: Tensor;

  constructor(base: LinearOperator, indices: Uint32Array) {
    const { dtype, isSymmetric, isPositiveSemidefinite } = base;
    super({ size: indices.length, dtype, isSymmetric, isPositiveSemidefinite });
    this.#base = base;
    const scope = this.#scope;
    try {
      this.#indices = new HeldNumbers(indices, scope);
      this.#scattered = fill(scope.own(new Tensor(dtype, [base.size])), 0);
      this.#product = scope.own(new Tensor(dtype, [base.size]));
    } catch (error) {
      scope.dispose();
      throw error;
    }
  }

  override dispose(): void {
    this.#scope.dispose();
  }

  protected override multiply(v: Tensor, out: Tensor, isTransposed: boolean): void {
    const base = this.#base, indices = this.#indices, scattered = this.#scattered;
    const count = this.size, width = 1;
    moveRuns({ count, width, to: indices }, v, scattered);
    if (isTransposed) base.applyTranspose(scattered, this.#product);
    else base.apply(scattered, this.#product);
    moveRuns({ count, width, from: indices }, this.#product, out);
  }
}

function checkedIndices(indices: ArrayLike<number>, size: number): Uint32Array {
  const isList = Array.isArray(indices) || ArrayBuffer.isView(indices);
  if (!isList || indices.length === 0) {
    throw new TypeError(
      `Cannot take a submatrix: the rows must be in an array or typed array, not ${
        isList ? "an empty one" : describe(indices)
      }`,
    );
  }
  const seen = new Set<number>();
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!Number.isInteger(index) || index < 0 || index >= size) {
      throw new RangeError(
        `Cannot take a submatrix of order ${size}: ${describe(index)} is not one of its rows`,
      );
    }
    if (seen.has(index)) {
      throw new RangeError(`Cannot take a submatrix: row ${index} is named twice`);
    }
    seen.add(index);
  }
  return Uint32Array.from(indices);
}

/**
 * Takes the rows and columns `indices` of an operator: the curvature of some parameters alone.
 *
 * Shapes: indices (m), whole and distinct, in any order; the result has order m. A product costs one of
 * the whole operator. It plans two vectors of the whole.
 *
 * @throws {RangeError} when an index is no row of the operator, or is named twice.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { denseOperator, submatrix } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using a = tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
 * using part = submatrix(denseOperator(a), [2, 0]);
 * using dense = part.toDense();
 * assertEquals(dense.toArray(), [[9, 7], [3, 1]]);
 * ```
 */
export function submatrix(op: LinearOperator, indices: ArrayLike<number>): LinearOperator {
  checkLinearOperator("take a submatrix", "the operator", op);
  return new SubmatrixOperator(op, checkedIndices(indices, op.size));
}

import { checkFunction } from "../../runtime/arguments.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkLinearOperator, LinearOperator } from "../operator.ts";

/** A solver of A x = b, such as `cg`: what `inverse()` needs of it. */
export type InverseSolver = (op: LinearOperator, b: Tensor) => {
  /** The solution, n elements. */
  readonly x: Tensor;
  /** "converged" where `x` is to be used. */
  readonly status: string;
  /** Gives the solution back, unless the solver keeps it. */
  dispose?(): void;
};

class InverseOperator extends LinearOperator {
  readonly #base: LinearOperator;
  readonly #solver: InverseSolver;

  constructor(base: LinearOperator, solver: InverseSolver) {
    super(base);
    this.#base = base;
    this.#solver = solver;
  }

  protected override multiply(v: Tensor, out: Tensor, isTransposed: boolean): void {
    if (isTransposed) {
      throw new TypeError(
        "Cannot apply the transpose of an inverse: the operator is not symmetric",
      );
    }
    const solution = this.#solver(this.#base, v);
    try {
      if (solution.status !== "converged") {
        throw new RangeError(`Cannot apply an inverse: the solver says "${solution.status}"`);
      }
      out.data.set(solution.x.data);
    } finally {
      solution.dispose?.();
    }
  }
}

/**
 * Makes the inverse of an operator, each of whose products is a solve.
 *
 * A product of it throws a RangeError when the solver does not converge: an operator has no status to
 * say so. Solve with `cg()` itself where an inexact solution is good enough. A solver that works in place,
 * `(op, b) => cgInPlace(workspace, op, b)`, makes products that allocate nothing.
 *
 * @param solver Solves A x = b and says whether it did.
 * @throws {TypeError} when the solver is not a function.
 *
 * @example
 * ```ts
 * import { cg, diagonal, tensor } from "curvature";
 * import { inverse } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor([2, 4]);
 * using v = tensor([1, 1]);
 * using product = inverse(diagonal(d), cg).apply(v);
 * assertEquals(product.toArray(), [0.5, 0.25]);
 * ```
 */
export function inverse(op: LinearOperator, solver: InverseSolver): LinearOperator {
  checkLinearOperator("make an inverse", "the operator", op);
  checkFunction("make an inverse", "the solver", solver);
  return new InverseOperator(op, solver);
}

import { checkNumber, namesOf } from "../../runtime/arguments.ts";
import { axpby, copy, dot, norm, scale } from "../../ops/vector.ts";
import { machineEpsilon } from "../../runtime/dtype.ts";
import { Scope } from "../../runtime/scope.ts";
import type { RandomKey } from "../../tensor/random.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { LinearOperator } from "../operator.ts";
import { checkCount, checkSampling, normalVector } from "./sampling.ts";
import { requireSymmetric } from "./lanczos.ts";

/** Options of `powerIteration()`. */
export interface PowerIterationOptions {
  /** Key of the random start. */
  readonly key: RandomKey;
  /** Largest |A v - value v| relative to |value|. @default the square root of the dtype's epsilon */
  readonly tolerance?: number;
  /** Most products. @default 1000 */
  readonly maxIterations?: number;
}

const NAMES = namesOf<PowerIterationOptions>({ key: true, tolerance: true, maxIterations: true });

/** What `powerIteration()` found; the caller owns the vector. */
export interface Eigenpair {
  /** The eigenvalue, vᵀA v. */
  readonly value: number;
  /** The eigenvector v (n), of norm 1. */
  readonly vector: Tensor;
  /** How it ended. */
  readonly status: "converged" | "max-iterations" | "non-finite";
  /** Products made. */
  readonly iterations: number;
  /** |A v - value v|: some eigenvalue is at most this far from `value`. */
  readonly residualNorm: number;
}

/**
 * Finds the eigenvalue of largest magnitude of a symmetric operator, and its eigenvector.
 *
 * Converges as the ratio of the two largest magnitudes, and not at all when they belong to different
 * eigenvalues of opposite sign; `lanczos()` needs fewer products for more memory.
 *
 * Shapes: vector (n). Cost: one product for each iteration; memory: two vectors.
 *
 * Source: von Mises & Pollaczek-Geiringer 1929; Parlett, "The symmetric eigenvalue problem", chapter 4.
 *
 * @throws {TypeError} when the operator does not declare to be symmetric.
 * @throws {RangeError} when `maxIterations` is not a positive whole number.
 *
 * @example
 * ```ts
 * import { diagonal, randomKey, tensor } from "curvature";
 * import { powerIteration } from "curvature/operators";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * using d = tensor([1, -5, 2], { dtype: "float64" });
 * const { value, vector, status } = powerIteration(diagonal(d), { key: randomKey(1) });
 * assertEquals(status, "converged");
 * assertAlmostEquals(value, -5);
 * vector.dispose();
 * ```
 */
export function powerIteration(op: LinearOperator, options: PowerIterationOptions): Eigenpair {
  checkSampling("iterate powers", op, options, NAMES);
  const { key, maxIterations = 1000, tolerance = Math.sqrt(machineEpsilon(op.dtype)) } = options;
  requireSymmetric("iterate powers", op);
  checkCount("iterate powers", "maxIterations", maxIterations);
  checkNumber("iterate powers", "tolerance", tolerance, "non-negative");
  const scope = new Scope();
  try {
    const vector = scope.own(normalVector(op, key, 0));
    const product = scope.own(new Tensor(op.dtype, [op.size]));
    const difference = scope.own(new Tensor(op.dtype, [op.size]));
    scale(1 / norm(vector), vector);
    for (let iterations = 1;; iterations++) {
      op.apply(vector, product);
      const value = dot(vector, product);
      axpby(-value, vector, 1, copy(product, difference));
      const residualNorm = norm(difference);
      const status = !(residualNorm < Infinity)
        ? "non-finite"
        : residualNorm <= tolerance * Math.abs(value)
        ? "converged"
        : iterations === maxIterations
        ? "max-iterations"
        : undefined;
      if (status) return { value, vector: scope.keep(vector), status, iterations, residualNorm };
      axpby(1 / norm(product), product, 0, vector);
    }
  } finally {
    scope.dispose();
  }
}

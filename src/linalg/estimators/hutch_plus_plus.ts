import { dot } from "../../ops/vector.ts";
import { namesOf } from "../../runtime/arguments.ts";
import { Scope } from "../../runtime/scope.ts";
import type { RandomKey } from "../../tensor/random.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { LinearOperator } from "../operator.ts";
import { orthogonalize, orthonormalize } from "./_orthonormal.ts";
import { checkCount, checkSampling, type Estimate, estimate, fillSigns } from "./sampling.ts";

/** A third each for the sketch, the trace on its range, and the rest. */
const PARTS = 3;

/** Options of `hutchPlusPlus()`. */
export interface HutchPlusPlusOptions {
  /** Products with the operator, at least 3. @default 30 */
  readonly products?: number;
  /** Key of the random vectors: the estimate is a function of it. */
  readonly key: RandomKey;
}

const NAMES = namesOf<HutchPlusPlusOptions>({ products: true, key: true });

/**
 * Estimates the trace of a positive semidefinite operator: exactly where it is large, by random signs elsewhere.
 *
 * A third of the products sketch the dominant range Q; the trace on Q is computed, that of the rest
 * (I - Q Qᵀ) A (I - Q Qᵀ) estimated. For a relative error ε it needs 1/ε products, where
 * `hutchinsonTrace()` needs 1/ε². The standard error is that of the estimated part.
 *
 * Cost: `products` products and O(n products²) flops; memory: a third as many vectors.
 *
 * Source: Meyer, Musco, Musco & Woodruff 2021, "Hutch++: optimal stochastic trace estimation",
 * algorithm 1.
 *
 * @throws {RangeError} when `products` is not a whole number of at least 3.
 *
 * @example
 * ```ts
 * import { randomKey, tensor } from "curvature";
 * import { denseOperator, hutchPlusPlus } from "curvature/operators";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // of rank one, so that the sketch finds all of it
 * using a = tensor([[1, 2], [2, 4]], { dtype: "float64" });
 * const { value } = hutchPlusPlus(denseOperator(a), { products: 3, key: randomKey(1) });
 * assertAlmostEquals(value, 5);
 * ```
 */
export function hutchPlusPlus(op: LinearOperator, options: HutchPlusPlusOptions): Estimate {
  checkSampling("estimate a trace by Hutch++", op, options, NAMES);
  const { products = 30, key } = options;
  checkCount("estimate a trace by Hutch++", "products", products, PARTS);
  const count = Math.floor(products / PARTS), scope = new Scope();
  try {
    const make = (): Tensor => scope.own(new Tensor(op.dtype, [op.size]));
    const z = make(), product = make(), range: Tensor[] = [];
    for (let sample = 0; sample < count; sample++) {
      fillSigns(z, key, sample);
      const direction = op.apply(z, make());
      if (orthonormalize(direction, range)) range.push(direction);
    }
    const exact = range.reduce((sum, q) => sum + dot(q, op.apply(q, product)), 0);
    const rest: number[] = [];
    for (let sample = count; sample < products - range.length; sample++) {
      fillSigns(z, key, sample);
      orthogonalize(z, range);
      rest.push(dot(z, op.apply(z, product)));
    }
    const { value, standardError } = estimate(rest);
    return { value: exact + value, standardError };
  } finally {
    scope.dispose();
  }
}

// E[z zᵀ] = I for random signs z: traces and diagonals are expectations of products.
import { dot, fill } from "../../ops/vector.ts";
import { narrowDivided } from "../../ops/widen.ts";
import { kernels } from "../../runtime/instance.ts";
import { Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { LinearOperator } from "../operator.ts";
import {
  checkCount,
  checkSampling,
  type Estimate,
  estimate,
  fillSigns,
  SAMPLING_NAMES,
  type SamplingOptions,
} from "./sampling.ts";

const SAMPLES = 32;

/** The diagonal as `hutchinsonDiagonal()` estimates it; owns both tensors. */
export interface DiagonalEstimate {
  /** The means (n), float64. */
  readonly diagonal: Tensor;
  /** Their standard errors (n), float64. */
  readonly standardErrors: Tensor;
}

/** Calls `visit` with z and A z for each sample. */
function forEachSample(
  op: LinearOperator,
  options: SamplingOptions,
  visit: (z: Tensor, product: Tensor) => void,
): void {
  checkSampling("estimate by random signs", op, options, SAMPLING_NAMES);
  const { samples = SAMPLES, key } = options;
  checkCount("estimate by random signs", "samples", samples);
  const scope = new Scope();
  try {
    const z = scope.own(new Tensor(op.dtype, [op.size]));
    const product = scope.own(new Tensor(op.dtype, [op.size]));
    for (let sample = 0; sample < samples; sample++) {
      fillSigns(z, key, sample);
      visit(z, op.apply(z, product));
    }
  } finally {
    scope.dispose();
  }
}

/**
 * Estimates the trace of an operator: the mean of zᵀA z over random signs z.
 *
 * For a symmetric A the variance of one sample is 2 Σ A_ij² over i ≠ j, so a diagonal is exact. For a
 * spectrum that decays, `hutchPlusPlus()` needs fewer products.
 *
 * Cost: one product for each sample. Deterministic: the same key gives the same estimate.
 *
 * Source: Hutchinson 1990; error as in Avron & Toledo 2011, "Randomized algorithms for estimating the
 * trace of an implicit symmetric positive semi-definite matrix".
 *
 * @throws {RangeError} when `samples` is not a positive whole number.
 *
 * @example
 * ```ts
 * import { diagonal, randomKey, tensor } from "curvature";
 * import { hutchinsonTrace } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor([1, 2, 3]);
 * const { value, standardError } = hutchinsonTrace(diagonal(d), { samples: 4, key: randomKey(1) });
 * assertEquals([value, standardError], [6, 0]);
 * ```
 */
export function hutchinsonTrace(op: LinearOperator, options: SamplingOptions): Estimate {
  const samples: number[] = [];
  forEachSample(op, options, (z, product) => samples.push(dot(z, product)));
  return estimate(samples);
}

/**
 * Estimates the diagonal of an operator: the means of z_i (A z)_i over random signs z.
 *
 * The variance of one sample of A_ii is Σ A_ij² over j ≠ i.
 *
 * Shapes: both results (n), float64. Cost: one product for each sample. Deterministic: the same key gives
 * the same estimate.
 *
 * Source: Bekas, Kokiopoulou & Saad 2007, "An estimator for the diagonal of a matrix"; with signs its
 * denominator is the number of samples.
 *
 * @throws {RangeError} when `samples` is not a positive whole number.
 *
 * @example
 * ```ts
 * import { diagonal, randomKey, tensor } from "curvature";
 * import { hutchinsonDiagonal } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor([1, 2, 3]);
 * const found = hutchinsonDiagonal(diagonal(d), { samples: 2, key: randomKey(1) });
 * assertEquals(found.diagonal.toArray(), [1, 2, 3]);
 * found.diagonal.dispose();
 * found.standardErrors.dispose();
 * ```
 */
export function hutchinsonDiagonal(
  op: LinearOperator,
  options: SamplingOptions,
): DiagonalEstimate {
  checkSampling("estimate a diagonal", op, options, SAMPLING_NAMES);
  const { samples = SAMPLES } = options;
  checkCount("estimate a diagonal", "samples", samples);
  const scope = new Scope();
  try {
    const diagonal = scope.own(new Tensor("float64", [op.size]));
    const standardErrors = scope.own(new Tensor("float64", [op.size]));
    fill(diagonal, 0);
    fill(standardErrors, 0);
    let count = 0;
    // Welford's recurrence: the mean so far and the sum of squared deviations from it.
    forEachSample(op, options, (z, product) => {
      count++;
      const [mean, squares] = [diagonal.pointer, standardErrors.pointer];
      kernels(op.dtype).welford(op.size, count, z.pointer, product.pointer, mean, squares);
    });
    const { size, pointer } = standardErrors;
    narrowDivided(narrowDivided(standardErrors, count - 1, standardErrors), count, standardErrors);
    kernels("float64").sqrt(size, pointer, pointer);
    return { diagonal: scope.keep(diagonal), standardErrors: scope.keep(standardErrors) };
  } finally {
    scope.dispose();
  }
}

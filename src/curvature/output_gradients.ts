// G of K-FAC at every site: the second moment of output gradients under three distributions of targets.
import type { Linearization } from "../nn/linearization.ts";
import type { RandomKey } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { forEachCotangent, type TargetDistribution } from "./cotangents.ts";
import { type Blend, gradientMoment } from "./kronecker_factors.ts";

/**
 * factors[i] = fresh G_i + old factors[i] for all sites i that have one.
 *
 * @throws {TypeError} when the loss has no predictive distribution or no root of its Hessian, as needed.
 */
export function outputGradientMoments(
  lin: Linearization,
  distribution: TargetDistribution,
  key: RandomKey,
  factors: readonly (Tensor | undefined)[],
  { fresh, old }: Blend,
): void {
  forEachCotangent(lin, distribution, key, ({ index, cotangents }) => {
    const blend = { fresh, old: index === 0 ? old : 1 };
    for (const [i, factor] of factors.entries()) {
      if (factor) gradientMoment(cotangents[i], factor, blend);
    }
  });
}

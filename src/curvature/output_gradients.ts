// G of K-FAC at every site: the second moment of output gradients under three distributions of targets.
import type { Linearization } from "../nn/linearization.ts";
import { type Loss, whyNoRoot } from "../nn/losses/loss.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { RandomKey } from "../tensor/random.ts";
import { type Blend, gradientMoment } from "./kronecker_factors.ts";
import { cotangentsOf, gradientsOf, type SampleRows } from "./statistics/rows.ts";

/** Whose gradients make the factor. */
export type TargetDistribution = "sampled" | "empirical" | "exact";

/**
 * factors[i] = fresh G_i + old factors[i] for all sites i that have one.
 *
 * "sampled" draws targets from the model with `key`, "empirical" takes the batch's, "exact" takes the
 * expectation: the sum over outputs c of gradients S e_c, S Sᵀ the Hessian of the loss in the outputs.
 *
 * @throws {TypeError} when the loss has no predictive distribution or no root of its Hessian, as needed.
 */
export function outputGradientMoments(
  lin: Linearization,
  distribution: TargetDistribution,
  key: RandomKey,
  factors: readonly (Tensor | undefined)[],
  blend: Blend,
): void {
  if (distribution === "exact") return exactMoments(lin, factors, blend);
  const cotangents = distribution === "empirical"
    ? lin.sites.map(gradientsOf)
    : sampledCotangents(lin, key);
  gradientMoments(cotangents, factors, blend);
}

function gradientMoments(
  cotangents: readonly SampleRows[],
  factors: readonly (Tensor | undefined)[],
  blend: Blend,
): void {
  for (const [i, factor] of factors.entries()) {
    if (factor) gradientMoment(cotangents[i], factor, blend);
  }
}

function sampledCotangents(lin: Linearization, key: RandomKey): readonly SampleRows[] {
  const { lossFunction, output } = lin;
  if (!lossFunction.sample) {
    refuse(lossFunction, "this needs a predictive distribution to sample from, sample()");
  }
  using target = lossFunction.sample(output, key);
  using gradient = new Tensor(output.dtype, output.shape);
  lossFunction.evaluate(output, target, gradient);
  return cotangentsOf(lin, gradient);
}

function exactMoments(
  lin: Linearization,
  factors: readonly (Tensor | undefined)[],
  blend: Blend,
): void {
  const { lossFunction, output, target, batchSize } = lin;
  if (!lossFunction.hessianRoot) refuse(lossFunction, whyNoRoot(lossFunction) ?? "");
  using work = new Tensor(output.dtype, output.shape);
  using column = new Tensor(output.dtype, output.shape);
  const root = lossFunction.hessianRoot(output, target, work);
  for (let c = 0; c < output.size / batchSize; c++) {
    root(c, column);
    const old = c === 0 ? blend.old : 1;
    gradientMoments(cotangentsOf(lin, column), factors, { fresh: blend.fresh, old });
  }
}

function refuse({ name }: Loss, why: string): never {
  throw new TypeError(`Cannot make Fisher factors for ${name}: ${why}`);
}

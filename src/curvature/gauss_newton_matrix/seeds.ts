// What the reverse sweeps start from, so that the Gauss-Newton matrix is a sum of products of what they give.
import type { Linearization } from "../../nn/linearization.ts";
import type { HessianRoot } from "../../nn/losses/loss.ts";
import { scaleByRow } from "../../ops/row_products.ts";
import { columnOf, fillEvery } from "../../ops/strided.ts";
import { fill } from "../../ops/vector.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Weights of the samples, or undefined where all are 1. */
export type SampleWeights = ArrayLike<number> | undefined;

/** Outputs of one sample (K). */
export function outputCount({ output, batchSize }: Linearization): number {
  return output.size / batchSize;
}

/**
 * Writes u = √ω S e_c for every sample, S Sᵀ the Hessian of a loss in the outputs that has a root; `work`, like the outputs, is
 * taken as long as seeds are written.
 */
export function rootSeeds(
  { lossFunction, output, target }: Linearization,
  weights: SampleWeights,
  work: Tensor,
): HessianRoot {
  const root = lossFunction.hessianRoot!(output, target, work);
  return (c, u) => {
    root(c, u);
    if (weights) scaleRows(u, weights, Math.sqrt);
  };
}

/** u = e_c for every sample. */
export function unitSeed(lin: Linearization, c: number, u: Tensor): void {
  fillEvery(fill(u, 0), columnOf(lin.batchSize, outputCount(lin), c), 1);
}

/** out = ω H u for every sample. */
export function throughHessian(
  lin: Linearization,
  weights: SampleWeights,
  u: Tensor,
  out: Tensor,
): void {
  const { lossFunction, output, target } = lin;
  lossFunction.hessianProduct(output, target, u, out);
  if (weights) scaleRows(out, weights, (weight) => weight);
}

function scaleRows(u: Tensor, weights: ArrayLike<number>, of: (weight: number) => number): void {
  scaleByRow(Float64Array.from(weights, of), u);
}

// Cotangents of every site's outputs under three distributions of targets, one reverse sweep after another.
import type { Linearization } from "../nn/linearization.ts";
import { type Loss, whyNoRoot } from "../nn/losses/loss.ts";
import { checkName } from "../runtime/arguments.ts";
import type { RandomKey } from "../tensor/random.ts";
import { Tensor } from "../tensor/tensor.ts";
import { outputGradient } from "./output_metric.ts";
import { cotangentsOf, gradientsOf, type SampleRows } from "./statistics/rows.ts";

/** Whose gradients make a Fisher matrix. */
export type TargetDistribution = "sampled" | "empirical" | "exact";

/** Refuses what is no such distribution. */
export function checkDistribution(action: string, what: string, value: unknown): void {
  checkName(action, what, value, "sampled", "empirical", "exact");
}

/** One sweep; what it hands out lasts until the next. */
export interface CotangentSweep {
  /** Which of them, from 0. */
  readonly index: number;
  /** For every site, the gradients of each sample with respect to its outputs (B T, O). */
  readonly cotangents: readonly SampleRows[];
  /** Hands the cotangents of the network's outputs (B, …) to a visitor. */
  readonly withOutputs: (visit: (u: Tensor) => void) => void;
}

/**
 * Visits the sweeps whose outer products, summed and averaged over samples, are the Fisher matrix.
 *
 * "sampled" draws targets from the model with `key`, "empirical" takes the batch's, "exact" takes the
 * expectation: the sum over outputs c of gradients S e_c, S Sᵀ the Hessian of the loss in the outputs.
 *
 * @throws {TypeError} when the loss has no predictive distribution or no root of its Hessian, as needed.
 */
export function forEachCotangent(
  lin: Linearization,
  distribution: TargetDistribution,
  key: RandomKey,
  visit: (sweep: CotangentSweep) => void,
): void {
  if (distribution === "exact") return visitColumns(lin, visit);
  if (distribution === "sampled") return visitSampled(lin, key, visit);
  visit({
    index: 0,
    cotangents: lin.sites.map(gradientsOf),
    withOutputs(visitOutputs) {
      using start = outputGradient(lin);
      visitOutputs(start);
    },
  });
}

function visitSampled(
  lin: Linearization,
  key: RandomKey,
  visit: (sweep: CotangentSweep) => void,
): void {
  const { lossFunction, output } = lin;
  if (!lossFunction.sample) {
    refuse(lossFunction, "this needs a predictive distribution to sample from, sample()");
  }
  using target = lossFunction.sample(output, key);
  using gradient = new Tensor(output.dtype, output.shape);
  lossFunction.evaluate(output, target, gradient);
  visit(sweepOf(lin, 0, gradient));
}

function visitColumns(lin: Linearization, visit: (sweep: CotangentSweep) => void): void {
  const { lossFunction, output, target, batchSize } = lin;
  if (!lossFunction.hessianRoot) refuse(lossFunction, whyNoRoot(lossFunction) ?? "");
  using work = new Tensor(output.dtype, output.shape);
  using column = new Tensor(output.dtype, output.shape);
  const root = lossFunction.hessianRoot(output, target, work);
  for (let c = 0; c < output.size / batchSize; c++) {
    root(c, column);
    visit(sweepOf(lin, c, column));
  }
}

function sweepOf(lin: Linearization, index: number, outputs: Tensor): CotangentSweep {
  return {
    index,
    cotangents: cotangentsOf(lin, outputs),
    withOutputs: (visitOutputs) => visitOutputs(outputs),
  };
}

function refuse({ name }: Loss, why: string): never {
  throw new TypeError(`Cannot make Fisher factors for ${name}: ${why}`);
}

// The two ends that every step shares: a gradient that is known to be finite, and a change of the
// parameters that is known to leave them finite.
import { areFinite, gradientsOf } from "../curvature/statistics/rows.ts";
import type { Linearization } from "../nn/linearization.ts";
import type { Model } from "../nn/model.ts";
import { axpby, maxAbs, norm } from "../ops/vector.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { largestFinite } from "../runtime/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { addL2 } from "./penalty.ts";

/** What multiplies the direction and shrinks the parameters. */
export interface StepFactors {
  /** Step size. */
  readonly learningRate: number;
  /** Decoupled decay: θ shrinks by learningRate weightDecay. */
  readonly weightDecay: number;
}

/**
 * The gradient of loss + ½ l2 ‖θ‖² in `out`; returns its norm. It is the step's look at its own batch, once, so that what
 * layers keep is prepared with it. Where L2 is not of all parameters, `counted` (P) has ones for those that it is of.
 */
export function regularizedGradient(
  lin: Linearization,
  model: Model,
  l2: number,
  out: Tensor,
  step: number,
  counted?: Tensor,
): number {
  lin.gradient(out);
  addL2(l2, model.parameters, counted, out);
  const size = norm(out);
  if (!Number.isFinite(size)) {
    throw new NonFiniteError("take a step", culprit(lin, out, model), step);
  }
  lin.prepareState();
  return size;
}

function culprit(lin: Linearization, gradient: Tensor, model: Model): string {
  const sites = lin.sites;
  for (const [i, { name, weight, offset }] of model.sites.entries()) {
    if (!areFinite(gradientsOf(sites[i]))) return `site "${name}", output gradients`;
    if (!Number.isFinite(norm(gradient.view(weight.shape, offset)))) {
      return `site "${name}", gradient`;
    }
  }
  return "the gradient";
}

/** Refuses a change of the parameters that could take one of them, or a factor, beyond the dtype's range. */
export function checkRoom(
  { parameters, dtype }: Model,
  change: number,
  { learningRate, weightDecay }: StepFactors,
  step: number,
): void {
  const kept = Math.abs(1 - learningRate * weightDecay);
  const reach = change + kept * maxAbs(parameters);
  if (!(Math.max(reach, learningRate, kept) <= largestFinite(dtype))) {
    throw new NonFiniteError("take a step", "the new parameters", step);
  }
}

/** θ = (1 - learningRate weightDecay) θ - learningRate direction, checked beforehand; returns the length. */
export function applyUpdate(
  model: Model,
  direction: Tensor,
  factors: StepFactors,
  step: number,
): number {
  const { parameters } = model;
  const { learningRate, weightDecay } = factors;
  const length = learningRate * norm(direction);
  checkRoom(model, length, factors, step);
  axpby(-learningRate, direction, 1 - learningRate * weightDecay, parameters);
  model.parametersChanged();
  return length;
}

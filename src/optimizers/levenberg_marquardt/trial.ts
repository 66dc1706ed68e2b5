// The objective around the parameters of a step, which are always put back when it cannot be had.
import type { Model } from "../../nn/model.ts";
import { copy, maxAbs } from "../../ops/vector.ts";
import { largestFinite } from "../../runtime/dtype.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Problem } from "../optimizer.ts";
import { penalty } from "../trial.ts";
import type { LevenbergMarquardtState } from "./state.ts";

/** Moves the parameters by factor d; false, and no move, where that could leave the dtype's range. */
export function move(
  { direction, parametersBefore }: LevenbergMarquardtState,
  { parameters, dtype }: Model,
  factor: number,
): boolean {
  const reach = Math.abs(factor) * maxAbs(direction) + maxAbs(parametersBefore);
  if (!(reach <= largestFinite(dtype))) return false;
  const [theta, from, d] = [parameters.data, parametersBefore.data, direction.data];
  for (let i = 0; i < d.length; i++) theta[i] = from[i] + factor * d[i];
  return true;
}

/** Moves the parameters by d and evaluates the objective there; infinite where it is not finite. */
export function objectiveAfter(
  state: LevenbergMarquardtState,
  { model, loss, batch }: Problem,
  l2: number,
): number {
  const { parameters } = model;
  if (!move(state, model, 1)) return Infinity;
  model.parametersChanged();
  try {
    using trial = model.linearize(loss, batch);
    const found = trial.loss + penalty(parameters, l2);
    return Number.isNaN(found) ? Infinity : found;
  } catch (error) {
    takeBack(model, state.parametersBefore);
    if (error instanceof NonFiniteError) return Infinity;
    throw error;
  }
}

/** Gives the model the parameters that it had before the step. */
export function takeBack(model: Model, before: Tensor): void {
  copy(before, model.parameters);
  model.parametersChanged();
}

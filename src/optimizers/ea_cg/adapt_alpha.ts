// α by the reduction ratio ρ, what the loss lost in units of what the model promised: Levenberg and Marquardt's rule
// on λ = α / (1 - α). It is ours; EA-CG was published with a constant α.
import { copy } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { Problem } from "../optimizer.ts";
import { dampingFactor } from "../reduction_ratio.ts";
import { penalty } from "../trial.ts";
import type { EaCgState } from "./state.ts";

const CHANGES = { shrinkage: 2 / 3, growth: 3 / 2 };

/** λ stays where α and 1 - α are numbers in float32 too. */
const [LEAST, MOST] = [1e-6, 1e6];

/** What became of the step. */
export interface Adaptation {
  /** False when the loss at the new parameters is not finite: they were taken back. */
  readonly accepted: boolean;
  /** ρ; -Infinity where the step was taken back. */
  readonly reductionRatio: number;
}

/** The objective at the model's parameters; infinite where it is not finite. */
function objectiveHere({ model, loss, batch }: Problem, l2: number): number {
  try {
    using lin = model.linearize(loss, batch);
    return lin.loss + penalty(model.parameters, l2);
  } catch (error) {
    if (error instanceof NonFiniteError) return Infinity;
    throw error;
  }
}

/** Compares the loss at the new parameters with the one before, and sets the next α. */
export function adaptAlpha(
  state: EaCgState,
  problem: Problem,
  objectiveBefore: number,
  promised: number,
  { alpha, l2 }: { readonly alpha: number; readonly l2: number },
): Adaptation {
  const { model } = problem;
  const takeBack = (): void => {
    if (state.parametersBefore) copy(state.parametersBefore, model.parameters);
    model.parametersChanged();
  };
  let after: number;
  try {
    after = objectiveHere(problem, l2);
  } catch (error) {
    takeBack();
    throw error;
  }
  const accepted = after < Infinity;
  if (!accepted) takeBack();
  const change = after - objectiveBefore;
  const reductionRatio = accepted && promised < 0 ? change / promised : -Infinity;
  const factor = dampingFactor(reductionRatio, CHANGES);
  state.setDamping(Math.min(MOST, Math.max(LEAST, factor * alpha / (1 - alpha))));
  return { accepted, reductionRatio };
}

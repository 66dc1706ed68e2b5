// α by the reduction ratio ρ, what the loss lost in units of what the model promised: Levenberg and Marquardt's rule
// on λ = α / (1 - α). It is ours; EA-CG was published with a constant α.
import { NonFiniteError } from "../../runtime/errors.ts";
import type { Problem } from "../optimizer.ts";
import { dampingFactor } from "../reduction_ratio.ts";
import { penalty } from "../trial.ts";

const CHANGES = { shrinkage: 2 / 3, growth: 3 / 2 };

/** λ stays where α and 1 - α are numbers in float32 too. */
const [LEAST, MOST] = [1e-6, 1e6];

/** What became of the step. */
export interface Adaptation {
  /** False when the loss at the new parameters is not finite. */
  readonly accepted: boolean;
  /** ρ; -Infinity where the step does not stand. */
  readonly reductionRatio: number;
  /** λ of the next step. */
  readonly damping: number;
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

/** Compares the loss at the new parameters with the one before. */
export function adaptAlpha(
  problem: Problem,
  objectiveBefore: number,
  promised: number,
  { alpha, l2 }: { readonly alpha: number; readonly l2: number },
): Adaptation {
  const after = objectiveHere(problem, l2);
  const accepted = after < Infinity;
  const change = after - objectiveBefore;
  const reductionRatio = accepted && promised < 0 ? change / promised : -Infinity;
  const damping = dampingFactor(reductionRatio, CHANGES) * alpha / (1 - alpha);
  return { accepted, reductionRatio, damping: Math.min(MOST, Math.max(LEAST, damping)) };
}

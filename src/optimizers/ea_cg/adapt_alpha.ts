// α by the reduction ratio ρ, what the loss lost in units of what the model promised: Levenberg and Marquardt's rule
// on λ = α / (1 - α). It is ours; EA-CG was published with a constant α.
import { dampingFactor } from "../reduction_ratio.ts";

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

/** Compares the objective at the new parameters with the one before. */
export function adaptAlpha(
  { before, after }: { readonly before: number; readonly after: number },
  promised: number,
  alpha: number,
): Adaptation {
  const accepted = after < Infinity;
  const change = after - before;
  const reductionRatio = accepted && promised < 0 ? change / promised : -Infinity;
  const damping = dampingFactor(reductionRatio, CHANGES) * alpha / (1 - alpha);
  return { accepted, reductionRatio, damping: Math.min(MOST, Math.max(LEAST, damping)) };
}

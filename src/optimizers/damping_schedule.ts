// How Levenberg-Marquardt methods change their damping λ by the reduction ratio
//
//   ρ = (decrease of the objective) / (decrease that the model promised)
//
// A step is accepted when the objective falls. Sources: "marquardt": Marquardt 1963, with the factor 10 that MATLAB's
// trainlm has; "nielsen": Nielsen 1999, "Damping parameter in Marquardt's method", eq. (2.4).

/** The name of a rule. */
export type DampingRule = "marquardt" | "nielsen";

/** λ with what its rule remembers. */
export interface Damping {
  /** λ. */
  readonly value: number;
  /** The factor of the next rise. */
  readonly growth: number;
}

/** Marquardt's factor. */
const FACTOR = 10;

/** Nielsen's first factor of a rise; it doubles with each further one. */
const FIRST_GROWTH = 2;

/** λ at the start. */
export function startDamping(rule: DampingRule, value: number): Damping {
  return { value, growth: rule === "nielsen" ? FIRST_GROWTH : FACTOR };
}

/** λ after a step that was accepted. */
export function afterSuccess(
  rule: DampingRule,
  { value }: Damping,
  reductionRatio: number,
): Damping {
  if (rule === "marquardt") return { value: value / FACTOR, growth: FACTOR };
  const bend = 2 * reductionRatio - 1;
  return { value: value * Math.max(1 / 3, 1 - bend * bend * bend), growth: FIRST_GROWTH };
}

/** λ after a step that was rejected, or a factorization that failed. */
export function afterFailure(rule: DampingRule, { value, growth }: Damping): Damping {
  return { value: value * growth, growth: rule === "nielsen" ? growth * 2 : growth };
}

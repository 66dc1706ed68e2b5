import { checkName, withDefaults } from "../../runtime/arguments.ts";
import type { Expectation } from "../../curvature/pre_activation.ts";
import { checkFallback, type Fallback } from "../fallback.ts";
import { type Momentum, momentumFrom } from "../momentum.ts";
import type { MomentumPlace } from "../preconditioned_step.ts";
import { checkSchedules, COMMON_DOMAINS, type Domains, type Schedule } from "../schedule.ts";

/** What `eaCg()` and `kfi()` share: the curvature, and what is done with the direction. */
export interface EaCurvatureOptions {
  /** Step size η. @default 0.1 */
  readonly learningRate?: Schedule;
  /** Share α of the identity in (1 - α) C + α I, between 0 and 1, both excluded. @default 0.02 */
  readonly alpha?: Schedule;
  /** "zero" is Gauss-Newton, "clip" drops negative curvature, "abs" turns it. @default "abs" */
  readonly projection?: "zero" | "clip" | "abs";
  /** φ' φ'ᵀ becomes the product of the means, or the mean of the products. @default "mean" */
  readonly expectation?: Expectation;
  /** Weights and bias of a site as systems of their own, or as one. @default "separate" */
  readonly bias?: "separate" | "joint";
  /** `heavyBall()`, also as a number, `nesterov()` or `movingAverage()` of the directions. @default "none" */
  readonly momentum?: Momentum | number | "none";
  /**
   * What a step does at a site whose mean input is zero, or whose curvature while the outputs have some, as below a dead
   * layer: "refuse" names the site and changes nothing, "limit" goes on as the formulas do in the limit. @default "refuse"
   */
  readonly degenerate?: "refuse" | "limit";
  /**
   * What is done at sites without Kronecker factors, which must be below all others: see `Fallback`. Their curvature
   * is that of the mini-batch alone, as H̄ is. @default "diagonal"
   */
  readonly fallback?: Fallback;
  /** L2 coefficient, added to the gradient as l2 θ. @default 0 */
  readonly l2?: Schedule;
  /** Decoupled decay: θ shrinks by learningRate weightDecay in each step. @default 0 */
  readonly weightDecay?: Schedule;
}

/** Shared settings with the momentum that their option means. */
export type WithDirections<T> = Omit<T, "momentum"> & { readonly momentum: Momentum | "none" };

/** Settings of `eaCg()`. */
export interface EaCgOptions extends EaCurvatureOptions {
  /**
   * How a system is solved: "full" iterates in matrices as published, "compressed" has the same iterates in 1 + n
   * numbers, "direct" is exact; "second-moment" iterates with E[h hᵀ] in the place of h̄ h̄ᵀ. @default "compressed"
   */
  readonly form?: "compressed" | "full" | "direct" | "second-moment";
  /** Largest residual of a solve, relative to the gradient. @default 0.1 */
  readonly solverTolerance?: Schedule;
  /** Most iterations of one system. @default 50 */
  readonly maxIterations?: Schedule;
  /** "reduction-ratio" lets α follow how well the model predicts the loss; `alpha` is its start. @default "none" */
  readonly adaptation?: "none" | "reduction-ratio";
}

/** The settings with defaults filled in. */
export type EaCgSettings = WithDirections<Required<EaCgOptions>>;

/** What the options that may be schedules may be. */
export const EA_CURVATURE_DOMAINS = Object.freeze(
  { ...COMMON_DOMAINS, alpha: "proper" } satisfies Domains<string>,
);

/** The same for `eaCg()`. */
export const EA_CG_DOMAINS = Object.freeze(
  {
    ...EA_CURVATURE_DOMAINS,
    solverTolerance: "non-negative",
    maxIterations: "count",
  } satisfies Domains<string>,
);

/** The defaults of what is shared. */
export const EA_CURVATURE_DEFAULTS: Required<EaCurvatureOptions> = Object.freeze({
  learningRate: 0.1,
  alpha: 0.02,
  projection: "abs",
  expectation: "mean",
  bias: "separate",
  momentum: "none",
  degenerate: "refuse",
  fallback: "diagonal",
  l2: 0,
  weightDecay: 0,
});

const DEFAULTS: Required<EaCgOptions> = Object.freeze({
  ...EA_CURVATURE_DEFAULTS,
  form: "compressed",
  solverTolerance: 0.1,
  maxIterations: 50,
  adaptation: "none",
});

/** The settings with the momentum that their option means; refuses what is out of range among the shared options. */
export function eaCurvatureSettings<T extends Required<EaCurvatureOptions>>(
  optimizer: string,
  settings: T,
): WithDirections<T> {
  const { projection, expectation, bias, momentum, degenerate } = settings;
  const action = `use ${optimizer}`;
  checkName(action, "projection", projection, "zero", "clip", "abs");
  checkName(action, "expectation", expectation, "mean", "second-moment");
  checkName(action, "bias", bias, "separate", "joint");
  checkFallback(optimizer, settings.fallback);
  checkName(action, "degenerate", degenerate, "refuse", "limit");
  return Object.freeze({
    ...settings,
    momentum: momentum === "none" ? momentum : momentumFrom(optimizer, momentum),
  });
}

/** Momentum is taken of directions. */
export function momentumOf(
  { momentum }: Pick<EaCgSettings, "momentum">,
): MomentumPlace | undefined {
  return momentum === "none" ? undefined : { of: "direction", rule: momentum };
}

/** Fills defaults in and refuses what is out of range. */
export function eaCgSettings(options: EaCgOptions): EaCgSettings {
  const settings = eaCurvatureSettings("eaCg", withDefaults("use eaCg", options, DEFAULTS));
  checkName("use eaCg", "form", settings.form, "compressed", "full", "direct", "second-moment");
  checkName("use eaCg", "adaptation", settings.adaptation, "none", "reduction-ratio");
  checkSchedules("eaCg", settings, EA_CG_DOMAINS);
  return settings;
}

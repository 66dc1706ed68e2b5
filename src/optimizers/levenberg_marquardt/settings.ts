import { checkAssembly } from "../../curvature/gauss_newton_matrix.ts";
import type { Assembly } from "../../curvature/gauss_newton_matrix/choice.ts";
import { checkObject, checkWhole, describe, withDefaults } from "../../runtime/arguments.ts";
import type { DampingRule } from "../damping_schedule.ts";
import { checkNumber, checkSchedules, type Domains, type Schedule } from "../schedule.ts";

const ACTION = "use levenbergMarquardt";

/** What messages about schedules call the form. */
export const LSMR_FORM = "levenbergMarquardt: lsmr";

/** Settings of `levenbergMarquardt()`. */
export interface LevenbergMarquardtOptions {
  /** λ before the first step; each step then changes it by the rule. @default 1e-3 */
  readonly initialDamping?: number;
  /** "nielsen": by the reduction ratio; "marquardt": by the factor 10. @default "nielsen" */
  readonly rule?: DampingRule;
  /** What λ multiplies: "identity" I, "maximum" the largest diagonal element of G, "diagonal" that of G. @default "identity" */
  readonly scaling?: DampingScaling;
  /** "primal": G; "dual": K = J Jᵀ; "square-root": QR of J̃ = SᵀJ, for losses with `residuals`; "lsmr": no matrix; "auto": the smaller of the first two. @default "auto" */
  readonly form?: LevenbergMarquardtForm;
  /** What the primal form does. */
  readonly primal?: PrimalOptions;
  /** What form "lsmr" does. */
  readonly lsmr?: LsmrFormOptions;
  /** Most trial steps in one step. @default 12 */
  readonly trials?: Schedule;
  /** L2 coefficient: the objective is the loss + ½ l2 ‖θ‖². @default 0 */
  readonly l2?: Schedule;
  /** Length of a step, relative to the parameters, at which the method stops. @default 1e-12 */
  readonly tolerance?: Schedule;
  /** Largest gradient element at which the method stops. @default `tolerance` */
  readonly gradientTolerance?: Schedule;
  /**
   * Geodesic acceleration: a step d is corrected by ½ a along the curvature of the outputs where 2 ‖a‖ / ‖d‖ is at most
   * this; Transtrum & Sethna take 0.75. 0 corrects nothing. @default 0
   */
  readonly acceleration?: Schedule;
  /**
   * Accepted steps without a better loss of the problem's `validation` batch after which the method stops, and puts the
   * parameters back to those with the best; 0 asks for no such batch. @default 0
   */
  readonly patience?: number;
}

/** Options of the primal form of `levenbergMarquardt()`. */
export interface PrimalOptions {
  /** How G is assembled, see `gaussNewtonMatrix()`. @default "auto" */
  readonly assembly?: "auto" | Assembly;
}

/** Options of the form "lsmr" of `levenbergMarquardt()`. */
export interface LsmrFormOptions {
  /** Residual of the system, relative to the gradient, at which a solve ends. @default 1e-6 */
  readonly solverTolerance?: Schedule;
  /** Most iterations of a solve. @default 250 */
  readonly maxIterations?: Schedule;
}

/** What λ multiplies. */
export type DampingScaling = "identity" | "maximum" | "diagonal";

/** Which system is solved. */
export type LevenbergMarquardtForm = "auto" | "primal" | "dual" | "square-root" | "lsmr";

/** All of them. */
export interface LevenbergMarquardtSettings extends Required<LevenbergMarquardtOptions> {
  readonly primal: Required<PrimalOptions>;
  readonly lsmr: Required<LsmrFormOptions>;
}

/** What the options that may be schedules may be. */
export const LM_DOMAINS = Object.freeze(
  {
    trials: "count",
    l2: "non-negative",
    tolerance: "non-negative",
    gradientTolerance: "non-negative",
    acceleration: "non-negative",
  } satisfies Domains<string>,
);

/** The same of the options of form "lsmr". */
export const LSMR_DOMAINS = Object.freeze(
  { solverTolerance: "proper", maxIterations: "count" } satisfies Domains<keyof LsmrFormOptions>,
);

const DEFAULT_TOLERANCE = 1e-12;

const DEFAULTS: LevenbergMarquardtSettings = Object.freeze({
  initialDamping: 1e-3,
  rule: "nielsen",
  scaling: "identity",
  form: "auto",
  primal: Object.freeze({ assembly: "auto" }),
  lsmr: Object.freeze({ solverTolerance: 1e-6, maxIterations: 250 }),
  trials: 12,
  l2: 0,
  tolerance: DEFAULT_TOLERANCE,
  gradientTolerance: DEFAULT_TOLERANCE,
  acceleration: 0,
  patience: 0,
});

/** Fills defaults in and refuses what is out of range. */
export function levenbergMarquardtSettings(
  options: LevenbergMarquardtOptions,
): LevenbergMarquardtSettings {
  checkObject(ACTION, "the options", options);
  const { tolerance = DEFAULT_TOLERANCE } = options;
  const defaults = { ...DEFAULTS, gradientTolerance: tolerance };
  const given = withDefaults(ACTION, options, defaults);
  const primal = withDefaults(`${ACTION}: primal`, given.primal, DEFAULTS.primal);
  const lsmr = withDefaults(`${ACTION}: lsmr`, given.lsmr, DEFAULTS.lsmr);
  const settings = Object.freeze({ ...given, primal, lsmr });
  const { rule, scaling, form, initialDamping, patience } = settings;
  oneOf("rule", rule, "nielsen", "marquardt");
  oneOf("scaling", scaling, "identity", "maximum", "diagonal");
  oneOf("form", form, "auto", "primal", "dual", "square-root", "lsmr");
  checkAssembly(`${ACTION}: primal`, primal.assembly);
  checkNumber("levenbergMarquardt", "initialDamping", initialDamping, "positive");
  checkWhole(ACTION, "patience", patience, 0);
  checkSchedules("levenbergMarquardt", settings, LM_DOMAINS);
  checkSchedules(LSMR_FORM, lsmr, LSMR_DOMAINS);
  if (form === "dual" && scaling !== "identity") {
    throw new TypeError(
      `Cannot ${ACTION}: the dual form has no diagonal of G, scaling must be "identity"`,
    );
  }
  return settings;
}

function oneOf(option: string, value: string, ...names: readonly string[]): void {
  if (names.includes(value)) return;
  throw new TypeError(
    `Cannot ${ACTION}: ${option} must be ${names.join(" or ")}, not ${describe(value)}`,
  );
}

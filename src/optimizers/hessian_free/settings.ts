import { checkName, withDefaults } from "../../runtime/arguments.ts";
import { checkNumber, checkSchedules, type Domains, type Schedule } from "../schedule.ts";
import { checkL2Exception, type L2Exception } from "../penalty.ts";
import { type HessianFreePreconditioner, PRECONDITIONERS } from "./preconditioner.ts";

/** Settings of `hessianFree()`. */
export interface HessianFreeOptions {
  /** Damping λ of the first step; the method adapts it. Martens' code: 45 for 784 outputs. @default 1 */
  readonly initialDamping?: number;
  /** λ is multiplied by this after a good step, and divided by it after a bad one; below 1. @default 2/3 */
  readonly dampingDrop?: Schedule;
  /** The last iterate times this starts the next solve. @default 0.95 */
  readonly iterateDecay?: Schedule;
  /** A solve ends when iterations improve the model by less than this each, relatively. @default 5e-4 */
  readonly solverTolerance?: Schedule;
  /** Most iterations of a solve. @default 250 */
  readonly maxIterations?: Schedule;
  /** Parts of the batch, one of which, in turn, makes the curvature of a step. @default 1: the whole batch */
  readonly curvatureChunks?: Schedule;
  /**
   * Parts of the batch, one of which, in turn, is what points are looked at with: it chooses the iterate and the length, and its
   * loss never rises. Of as many as `curvatureChunks` it is the next one. @default 1: the whole batch
   */
  readonly lineSearchChunks?: Schedule;
  /**
   * "squaredGradients": (mean of g ⊙ g + λ)^(3/4), g of each sample. "jacobi": an estimate of the diagonal of the
   * Gauss-Newton matrix by random signs, of the batch's key, + λ. @default "squaredGradients"
   */
  readonly preconditioner?: HessianFreePreconditioner;
  /**
   * μ of structural damping, for models with recurrent layers: λ μ (1/B) J_hᵀ J_h joins the damped matrix, J_h the Jacobian
   * of hidden states at all steps. Martens & Sutskever's code: 0.03. @default 0
   */
  readonly structuralDamping?: Schedule;
  /** L2 coefficient of the objective. @default 0 */
  readonly l2?: Schedule;
  /** What L2 leaves out: the biases of all sites, "bias", or all parameters of sites by their names. @default "none" */
  readonly l2Except?: L2Exception;
}

/** The settings with defaults filled in. */
export type HessianFreeSettings = Required<HessianFreeOptions>;

/** What the options that may be schedules may be. */
export const HESSIAN_FREE_DOMAINS = Object.freeze(
  {
    dampingDrop: "proper",
    iterateDecay: "fraction",
    solverTolerance: "positive",
    maxIterations: "count",
    curvatureChunks: "count",
    lineSearchChunks: "count",
    structuralDamping: "non-negative",
    l2: "non-negative",
  } satisfies Domains<string>,
);

const DEFAULTS: HessianFreeSettings = Object.freeze({
  initialDamping: 1,
  dampingDrop: 2 / 3,
  iterateDecay: 0.95,
  solverTolerance: 5e-4,
  maxIterations: 250,
  curvatureChunks: 1,
  lineSearchChunks: 1,
  preconditioner: "squaredGradients",
  structuralDamping: 0,
  l2: 0,
  l2Except: "none",
});

/** Fills defaults in and refuses what is out of range. */
export function hessianFreeSettings(options: HessianFreeOptions): HessianFreeSettings {
  const settings = withDefaults("use hessianFree", options, DEFAULTS);
  checkName("use hessianFree", "preconditioner", settings.preconditioner, ...PRECONDITIONERS);
  checkNumber("hessianFree", "initialDamping", settings.initialDamping, "positive");
  checkSchedules("hessianFree", settings, HESSIAN_FREE_DOMAINS);
  const l2Except = checkL2Exception("use hessianFree", settings.l2Except);
  return Object.freeze({ ...settings, l2Except });
}

import { checkPartitionRule, type PartitionRule } from "../../nn/sites/partition.ts";
import { checkName, withDefaults } from "../../runtime/arguments.ts";
import { checkNumber, checkSchedules, type Domains, type Schedule } from "../schedule.ts";
import { checkL2Exception, type L2Exception } from "../penalty.ts";
import { type HessianFreePreconditioner, PRECONDITIONERS } from "./preconditioner.ts";

/** Settings of `blockHessianFree()`. */
export interface BlockHessianFreeOptions {
  /** The blocks: "site", a number of them, or lists of sites; see `partition()`. @default "site" */
  readonly partition?: PartitionRule;
  /**
   * "plain": the blocks' solutions times the learning rate, with a fixed λ. "safe", ours: rescaled by one product with the
   * whole matrix, λ adapted, the length by backtracking. @default "safe"
   */
  readonly mode?: "plain" | "safe";
  /** What multiplies a step; in safe mode the length that the line search begins with. @default plain: 0.1, safe: 1 */
  readonly learningRate?: Schedule;
  /** Damping λ of the first step; safe mode adapts it, plain mode raises it after a solve that failed. @default 1 */
  readonly initialDamping?: number;
  /** λ is multiplied by this after a good step, and divided by it after a bad one; below 1. @default 2/3 */
  readonly dampingDrop?: Schedule;
  /** The last solutions times this start the next solves. @default 0.95 */
  readonly iterateDecay?: Schedule;
  /** A solve ends when iterations improve its model by less than this each, relatively. @default 5e-4 */
  readonly solverTolerance?: Schedule;
  /** Most iterations of each block's solve. @default 30 */
  readonly maxIterations?: Schedule;
  /** Parts of the batch, one of which makes the curvature of a step. @default 1: the whole batch */
  readonly curvatureChunks?: Schedule;
  /**
   * Parts of the batch, one of which is what safe mode looks at points with, in the order of the curvature's: its loss never
   * rises. Of as many as `curvatureChunks`, in turn, it is the next one. @default 1: the whole batch
   */
  readonly lineSearchChunks?: Schedule;
  /** Which part: each "in-turn", or drawn "by-key" of the batch. @default "in-turn" */
  readonly curvatureOrder?: "in-turn" | "by-key";
  /** As in `hessianFree()`: "squaredGradients", "jacobi" or "none". @default "none" */
  readonly preconditioner?: HessianFreePreconditioner;
  /**
   * How safe mode scales the step before it judges it: "quadratic" to where the damped model of all blocks together is
   * least along it, "none" not at all. @default "quadratic"
   */
  readonly rescaling?: "quadratic" | "none";
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
export type BlockHessianFreeSettings = Required<BlockHessianFreeOptions>;

/** What the options that may be schedules may be. */
export const BLOCK_HESSIAN_FREE_DOMAINS = Object.freeze(
  {
    learningRate: "positive",
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

const DEFAULTS: BlockHessianFreeSettings = Object.freeze({
  partition: "site",
  mode: "safe",
  learningRate: 1,
  initialDamping: 1,
  dampingDrop: 2 / 3,
  iterateDecay: 0.95,
  solverTolerance: 5e-4,
  maxIterations: 30,
  curvatureChunks: 1,
  lineSearchChunks: 1,
  curvatureOrder: "in-turn",
  preconditioner: "none",
  rescaling: "quadratic",
  structuralDamping: 0,
  l2: 0,
  l2Except: "none",
});

const PLAIN_DEFAULTS: BlockHessianFreeSettings = Object.freeze({ ...DEFAULTS, learningRate: 0.1 });

/** Fills defaults in and refuses what is out of range. */
export function blockHessianFreeSettings(
  options: BlockHessianFreeOptions,
): BlockHessianFreeSettings {
  const name = "blockHessianFree", action = `use ${name}`;
  const isPlain = options?.mode === "plain";
  const settings = withDefaults(action, options, isPlain ? PLAIN_DEFAULTS : DEFAULTS);
  checkName(action, "mode", settings.mode, "plain", "safe");
  checkName(action, "curvatureOrder", settings.curvatureOrder, "in-turn", "by-key");
  checkName(action, "preconditioner", settings.preconditioner, ...PRECONDITIONERS);
  checkName(action, "rescaling", settings.rescaling, "quadratic", "none");
  checkNumber(name, "initialDamping", settings.initialDamping, "positive");
  checkSchedules(name, settings, BLOCK_HESSIAN_FREE_DOMAINS);
  const partition = checkPartitionRule(action, settings.partition);
  const l2Except = checkL2Exception(action, settings.l2Except);
  return Object.freeze({ ...settings, partition, l2Except });
}

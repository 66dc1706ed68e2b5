import { checkDistribution, type TargetDistribution } from "../../curvature/cotangents.ts";
import {
  checkPlan,
  DEFAULT_PLAN,
  type SegmentStrategy,
} from "../../curvature/segments/strategy.ts";
import { checkName, withDefaults } from "../../runtime/arguments.ts";
import { randomKey } from "../../tensor/random.ts";
import { checkFallback, type Fallback } from "../fallback.ts";
import { type Momentum, movingAverage, type WithMomentum, withMomentum } from "../momentum.ts";
import { checkSchedules, COMMON_DOMAINS, type Domains, type Schedule } from "../schedule.ts";

/** Settings of `cwNgd()`. */
export interface CwNgdOptions extends SegmentStrategy {
  /** Step size. @default 0.001 */
  readonly learningRate?: Schedule;
  /** ε, added to the diagonal of every segment's matrix. @default 1e-7 */
  readonly damping?: Schedule;
  /** Whether ε counts as it is, or in units of the mean diagonal of segments alike. @default "absolute" */
  readonly dampingScale?: "absolute" | "relative";
  /** Decay of the moving average of the matrices; 0 takes the last batch alone. @default 0.99 */
  readonly decay?: Schedule;
  /** Steps between batches that the matrices take in. @default 1 */
  readonly refreshInterval?: Schedule;
  /** Whose gradients make the matrices: of the batch's targets, of sampled ones, or the expectation. @default "empirical" */
  readonly fisher?: TargetDistribution;
  /** Seed of sampled targets. @default 0 */
  readonly seed?: number;
  /**
   * `movingAverage()` of gradients, its bias corrected, `heavyBall()`, also as a number, or `nesterov()`.
   * @default movingAverage(0.9)
   */
  readonly momentum?: Momentum | number;
  /** What is done at sites whose rows W does not multiply, or several layers: see `Fallback`. @default "diagonal" */
  readonly fallback?: Fallback;
  /** L2 coefficient, added to the gradient as l2 θ. @default 0 */
  readonly l2?: Schedule;
  /** Decoupled decay: θ shrinks by learningRate weightDecay in each step. @default 0 */
  readonly weightDecay?: Schedule;
}

/** The settings with defaults filled in. */
export type CwNgdSettings = WithMomentum<Required<CwNgdOptions>>;

/** What the options that may be schedules may be. */
export const CW_NGD_DOMAINS = Object.freeze(
  {
    ...COMMON_DOMAINS,
    damping: "positive",
    decay: "fraction",
    refreshInterval: "count",
  } satisfies Domains<string>,
);

const DEFAULTS: Required<CwNgdOptions> = Object.freeze({
  ...DEFAULT_PLAN,
  learningRate: 0.001,
  damping: 1e-7,
  dampingScale: "absolute",
  decay: 0.99,
  refreshInterval: 1,
  fisher: "empirical",
  seed: 0,
  momentum: movingAverage(0.9),
  fallback: "diagonal",
  l2: 0,
  weightDecay: 0,
});

/** Fills defaults in and refuses what is out of range. */
export function cwNgdSettings(options: CwNgdOptions): CwNgdSettings {
  const action = "use cwNgd";
  const settings = withMomentum("cwNgd", withDefaults(action, options, DEFAULTS));
  checkPlan(action, settings);
  checkName(action, "dampingScale", settings.dampingScale, "absolute", "relative");
  checkDistribution(action, "fisher", settings.fisher);
  checkSchedules("cwNgd", settings, CW_NGD_DOMAINS);
  checkFallback("cwNgd", settings.fallback);
  randomKey(settings.seed); // refuses what is no seed
  return settings;
}

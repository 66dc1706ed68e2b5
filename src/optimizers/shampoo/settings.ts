import { withDefaults } from "../../runtime/arguments.ts";
import { heavyBall, type Momentum, type WithMomentum, withMomentum } from "../momentum.ts";
import {
  checkNumber,
  checkSchedules,
  COMMON_DOMAINS,
  type Domains,
  type Schedule,
} from "../schedule.ts";

/** Settings of `shampoo()`. */
export interface ShampooOptions {
  /** Step size η. @default 0.1 */
  readonly learningRate?: Schedule;
  /** ε: L and R begin as ε I. @default 1e-4 */
  readonly epsilon?: number;
  /** Steps between roots of L and R, which are also made in each of the first `warmupSteps`. @default 20 */
  readonly rootInterval?: Schedule;
  /** First steps with roots each. @default 20 */
  readonly warmupSteps?: Schedule;
  /** "gradient" gives each site's direction the size of what it was made from. Not of the paper. @default "none" */
  readonly grafting?: "none" | "gradient";
  /** `heavyBall()`, also as a number, `nesterov()` or `movingAverage()` of the gradient. @default none */
  readonly momentum?: Momentum | number;
  /** L2 coefficient, added to the gradient as l2 θ. @default 0 */
  readonly l2?: Schedule;
  /** Decoupled decay: θ shrinks by learningRate weightDecay in each step. @default 0 */
  readonly weightDecay?: Schedule;
}

/** The settings with defaults filled in. */
export type ShampooSettings = WithMomentum<Required<ShampooOptions>>;

/** What the options that may be schedules may be. */
export const SHAMPOO_DOMAINS = Object.freeze(
  { ...COMMON_DOMAINS, rootInterval: "count", warmupSteps: "whole" } satisfies Domains<string>,
);

const DEFAULTS: Required<ShampooOptions> = Object.freeze({
  learningRate: 0.1,
  epsilon: 1e-4,
  rootInterval: 20,
  warmupSteps: 20,
  grafting: "none",
  momentum: heavyBall(0),
  l2: 0,
  weightDecay: 0,
});

/** Fills defaults in and refuses what is out of range. */
export function shampooSettings(options: ShampooOptions): ShampooSettings {
  const settings = withMomentum("shampoo", withDefaults("use shampoo", options, DEFAULTS));
  const { grafting } = settings;
  if (grafting !== "none" && grafting !== "gradient") {
    throw new TypeError('Cannot use shampoo: grafting must be "none" or "gradient"');
  }
  checkNumber("shampoo", "epsilon", settings.epsilon, "positive");
  checkSchedules("shampoo", settings, SHAMPOO_DOMAINS);
  return settings;
}

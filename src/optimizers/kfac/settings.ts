import { withDefaults } from "../../runtime/arguments.ts";
import { randomKey } from "../../tensor/random.ts";
import { checkFallback, type Fallback } from "../fallback.ts";
import { type Momentum, movingAverage, type WithMomentum, withMomentum } from "../momentum.ts";
import { checkSchedules, COMMON_DOMAINS, type Domains, type Schedule } from "../schedule.ts";

/** Settings of `kfac()`. */
export interface KfacOptions {
  /** Step size α. @default 0.1 */
  readonly learningRate?: Schedule;
  /** Damping λ of the whole block; λ_A λ_G = λ. @default 0.1 */
  readonly damping?: Schedule;
  /** "pi": λ_A = π√λ, λ_G = √λ/π with π² the ratio of mean eigenvalues. "plain": √λ both. @default "pi" */
  readonly split?: "pi" | "plain";
  /** Whose gradients make G. @default "sampled" */
  readonly fisher?: "sampled" | "empirical" | "exact";
  /** `movingAverage()`, `heavyBall()`, also as a number, or `nesterov()`. @default movingAverage(0.9) */
  readonly momentum?: Momentum | number;
  /** Decay of the moving averages of A and G. @default 0.9 */
  readonly decay?: Schedule;
  /** Steps between updates of A and G. @default 1 */
  readonly factorInterval?: Schedule;
  /** Steps between inversions, which also happen in each of the first `warmupSteps`. @default 20 */
  readonly inverseInterval?: Schedule;
  /** First steps with an inversion each. @default 20 */
  readonly warmupSteps?: Schedule;
  /** Seed of sampled targets. @default 0 */
  readonly seed?: number;
  /** What is done at sites that have no Kronecker factors: see `Fallback`. @default "diagonal" */
  readonly fallback?: Fallback;
  /** L2 coefficient, added to the gradient as l2 θ. @default 0 */
  readonly l2?: Schedule;
  /** Decoupled decay: θ shrinks by learningRate weightDecay in each step. @default 0 */
  readonly weightDecay?: Schedule;
}

/** The settings with defaults filled in. */
export type KfacSettings = WithMomentum<Required<KfacOptions>>;

function oneOf(option: string, value: string, ...allowed: string[]): void {
  if (!allowed.includes(value)) {
    throw new TypeError(`Cannot use kfac: ${option} must be one of ${allowed.join(", ")}`);
  }
}

/** What the options that may be schedules may be. */
export const KFAC_DOMAINS = Object.freeze(
  {
    ...COMMON_DOMAINS,
    damping: "positive",
    decay: "fraction",
    factorInterval: "count",
    inverseInterval: "count",
    warmupSteps: "whole",
  } satisfies Domains<string>,
);

const DEFAULTS: Required<KfacOptions> = Object.freeze({
  learningRate: 0.1,
  damping: 0.1,
  split: "pi",
  fisher: "sampled",
  momentum: movingAverage(0.9),
  decay: 0.9,
  factorInterval: 1,
  inverseInterval: 20,
  warmupSteps: 20,
  seed: 0,
  fallback: "diagonal",
  l2: 0,
  weightDecay: 0,
});

/** Fills defaults in and refuses what is out of range. */
export function kfacSettings(options: KfacOptions): KfacSettings {
  const settings = withMomentum("kfac", withDefaults("use kfac", options, DEFAULTS));
  oneOf("split", settings.split, "pi", "plain");
  oneOf("fisher", settings.fisher, "sampled", "empirical", "exact");
  checkSchedules("kfac", settings, KFAC_DOMAINS);
  checkFallback("kfac", settings.fallback);
  randomKey(settings.seed); // refuses what is no seed
  return settings;
}

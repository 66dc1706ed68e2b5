import { doubleDamping, type PairDamping, powellLevenbergMarquardt } from "./bfgs_damping.ts";
import { withDefaults } from "../../runtime/arguments.ts";
import { checkFallback, type Fallback } from "../fallback.ts";
import { type Momentum, movingAverage, type WithMomentum, withMomentum } from "../momentum.ts";
import {
  checkNumber,
  checkSchedules,
  COMMON_DOMAINS,
  type Domain,
  type Domains,
  type Schedule,
} from "../schedule.ts";

/** Settings of `kBfgs()`. */
export interface KBfgsOptions {
  /** Step size α. @default 0.3 */
  readonly learningRate?: Schedule;
  /** Damping λ of the whole block; λ_A = λ_G = √λ for dense sites; mode "2020": below 1. @default 0.3 */
  readonly damping?: Schedule;
  /** "2020": moving average of A, double damping. "improved": mini-batch A, Powell + LM damping. @default "improved" */
  readonly mode?: "2020" | "improved";
  /** Pairs kept for H_g: K-BFGS(L). @default undefined, the dense H_g of K-BFGS */
  readonly memory?: number | undefined;
  /** `movingAverage()`, `heavyBall()`, also as a number, or `nesterov()`. @default movingAverage(0.9) */
  readonly momentum?: Momentum | number;
  /** Decay of the moving averages of A, s and y. @default 0.9 */
  readonly decay?: Schedule;
  /**
   * A step that raises the batch's loss above this multiple of what it was, or by as much where that is
   * negative, is taken back; the curvature that it measured is kept. Ours, not the papers'. @default no limit
   */
  readonly maximumIncrease?: Schedule;
  /** What is done at sites that have no Kronecker factors: see `Fallback`. @default "diagonal" */
  readonly fallback?: Fallback;
  /** L2 coefficient, added to the gradient as l2 θ. @default 0 */
  readonly l2?: Schedule;
  /** Decoupled decay: θ shrinks by learningRate weightDecay in each step. @default 0 */
  readonly weightDecay?: Schedule;
}

/** The settings with defaults filled in. */
export type KBfgsSettings = WithMomentum<KBfgsDefaults>;

type KBfgsDefaults = Required<Omit<KBfgsOptions, "memory">> & Pick<KBfgsOptions, "memory">;

/** The `maximumIncrease` that takes no step back. */
export const NO_LIMIT: number = Number.MAX_VALUE;

const DOMAINS = Object.freeze(
  {
    ...COMMON_DOMAINS,
    decay: "fraction",
    maximumIncrease: "positive",
  } satisfies Domains<string>,
);

/** What a mode means. */
export interface ModeTraits {
  /** Damping of the pairs of G. */
  readonly dampPair: PairDamping;
  /** What the settings may be: double damping divides by 1 - λ_G. */
  readonly domains: typeof DOMAINS & { readonly damping: Domain };
  /** A is a moving average held in full, not the mini-batch's own. */
  readonly keepsFactor: boolean;
  /** Pairs with sᵀy <= this times sᵀs times the norm of the mean vector are skipped. */
  readonly relativeSkip: number;
}

const MODES: Readonly<Record<KBfgsSettings["mode"], ModeTraits>> = Object.freeze({
  "2020": {
    dampPair: doubleDamping,
    domains: { ...DOMAINS, damping: "proper" },
    keepsFactor: true,
    relativeSkip: 1e-4,
  },
  "improved": {
    dampPair: powellLevenbergMarquardt,
    domains: { ...DOMAINS, damping: "positive" },
    keepsFactor: false,
    relativeSkip: 0,
  },
});

const DEFAULTS: KBfgsDefaults = Object.freeze({
  learningRate: 0.3,
  damping: 0.3,
  mode: "improved",
  memory: undefined,
  momentum: movingAverage(0.9),
  decay: 0.9,
  maximumIncrease: NO_LIMIT,
  fallback: "diagonal",
  l2: 0,
  weightDecay: 0,
});

/** Fills defaults in and refuses what is out of range. */
export function kBfgsSettings(options: KBfgsOptions): KBfgsSettings {
  const settings = withMomentum("kBfgs", withDefaults("use kBfgs", options, DEFAULTS));
  const { mode } = settings;
  if (typeof mode !== "string" || !Object.hasOwn(MODES, mode)) {
    throw new TypeError(`Cannot use kBfgs: mode must be "2020" or "improved"`);
  }
  checkSchedules("kBfgs", settings, MODES[mode].domains);
  checkFallback("kBfgs", settings.fallback);
  if (settings.memory !== undefined) checkNumber("kBfgs", "memory", settings.memory, "count");
  return settings;
}

/** What the mode of the settings means. */
export function traitsOf({ mode }: KBfgsSettings): ModeTraits {
  return MODES[mode];
}

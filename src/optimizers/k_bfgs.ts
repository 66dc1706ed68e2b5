// K-BFGS and K-BFGS(L): Kronecker-factored quasi-Newton.
//
//   H_l ≈ A_l ⊗ G_l,  step of site l:  W_l -= α H_g M_l H_a      (O x O)(O x D)(D x D)
//   H_a ≈ (A + λ_A I)^-1, updated along s_a = H_a abar, y_a = (A + λ_A I) s_a          (Hessian action)
//   H_g ≈ (G + λ_G I)^-1, updated along moving averages of s = Δ hbar, y = Δ gbar, both means over samples
//         and positions, before and after the step on the same mini-batch; damped beforehand
//   λ_A λ_G = λ:  λ_A = √(λ T), λ_G = √(λ / T), T positions (1 for dense sites)
//
// Sources: mode "2020": Goldfarb, Ren & Bahamou 2020, by its authors' code: A is a moving average, double
// damping, relative skip rule. Mode "improved": Ren, Bahamou & Goldfarb 2021, by later code that cites it:
// A is the mini-batch's own and never formed, Powell and Levenberg-Marquardt damping, no relative skip rule.
// Deviations: pairs with sᵀs = 0, yᵀHy = 0 or an unsound update are skipped (the code has no guard); momentum
// is a moving average in both modes unless another is given (the 2021 code base: `heavyBall()`).
import {
  doubleDamping,
  type PairDamping,
  powellLevenbergMarquardt,
} from "../curvature/bfgs_damping.ts";
import type { Model } from "../nn/model.ts";
import { checkCount, checkSchedule, type Schedule } from "./schedule.ts";
import { type Momentum, movingAverage } from "./momentum.ts";
import type { InitContext, Optimizer, OptimizerState, Problem, StepReport } from "./optimizer.ts";
import { KBfgsState } from "./k_bfgs_state.ts";
import { kBfgsStep } from "./k_bfgs_step.ts";

/** Settings of `kBfgs()`. */
export interface KBfgsOptions {
  /** Step size α. @default 0.3 */
  readonly learningRate?: Schedule;
  /** Damping λ of the whole block; λ_A = λ_G = √λ for dense sites. @default 0.3 */
  readonly damping?: Schedule;
  /** "2020": moving average of A, double damping. "improved": mini-batch A, Powell + LM damping. @default "improved" */
  readonly mode?: "2020" | "improved";
  /** Pairs kept for H_g: K-BFGS(L). @default undefined, the dense H_g of K-BFGS */
  readonly memory?: number | undefined;
  /** `movingAverage()`, `heavyBall()` or `nesterov()`. @default movingAverage(0.9) */
  readonly momentum?: Momentum;
  /** Decay of the moving averages of A, s and y. @default 0.9 */
  readonly decay?: number;
  /** L2 coefficient, added to the gradient as l2 θ. @default 0 */
  readonly l2?: Schedule;
  /** Decoupled decay: θ shrinks by learningRate weightDecay in each step. @default 0 */
  readonly weightDecay?: Schedule;
}

/** The settings with defaults filled in, and what the mode means. */
export interface KBfgsSettings extends Required<KBfgsOptions> {
  readonly dampPair: PairDamping;
  readonly keepsFactor: boolean;
  /** Pairs with sᵀy <= this times sᵀs times the norm of the mean vector are skipped. */
  readonly relativeSkip: number;
}

const MODES = Object.freeze({
  "2020": { dampPair: doubleDamping, keepsFactor: true, relativeSkip: 1e-4 },
  "improved": { dampPair: powellLevenbergMarquardt, keepsFactor: false, relativeSkip: 0 },
});

/**
 * Kronecker-factored BFGS; with `memory` its limited-memory form K-BFGS(L).
 *
 * State: momentum (P), H_a (D²) and H_g (O², or 2p O) for every site; mode "2020" also A (D²). A step costs
 * two passes over the batch and no factorization; only a warm start inverts A, once. Deterministic.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range.
 *
 * Source: Goldfarb, Ren & Bahamou 2020 (arXiv 2006.08877); Ren, Bahamou & Goldfarb 2021 (arXiv 2102.06737).
 *
 * @example
 * ```ts
 * import { dense, kBfgs, sequential, sigmoidCrossEntropy, tanh, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [2], seed: 3 }, [dense(8), tanh(), dense(1)]);
 * using input = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
 * using target = tensor([[0], [1], [1], [0]]);
 * const optimizer = kBfgs({ learningRate: 0.3, damping: 0.1 });
 * using state = optimizer.init(model);
 * const problem = { model, loss: sigmoidCrossEntropy(), batch: { input, target } };
 * let report = optimizer.step(state, problem);
 * const first = report.loss;
 * for (let i = 0; i < 200; i++) report = optimizer.step(state, problem);
 * assert(report.loss < first / 4);
 * ```
 */
export function kBfgs(options: KBfgsOptions = {}): Optimizer {
  const { mode = "improved" } = options;
  if (!Object.hasOwn(MODES, mode)) {
    throw new TypeError(`Cannot use kBfgs: mode must be "2020" or "improved"`);
  }
  const settings = Object.freeze({
    learningRate: options.learningRate ?? 0.3,
    damping: options.damping ?? 0.3,
    mode,
    memory: options.memory,
    momentum: options.momentum ?? movingAverage(0.9),
    decay: options.decay ?? 0.9,
    l2: options.l2 ?? 0,
    weightDecay: options.weightDecay ?? 0,
    ...MODES[mode],
  });
  checkSchedule("kBfgs", "learningRate", settings.learningRate, "positive");
  checkSchedule("kBfgs", "damping", settings.damping, "positive");
  checkSchedule("kBfgs", "decay", settings.decay, "fraction");
  checkSchedule("kBfgs", "l2", settings.l2, "non-negative");
  checkSchedule("kBfgs", "weightDecay", settings.weightDecay, "non-negative");
  if (settings.memory !== undefined) checkCount("kBfgs", "memory", settings.memory);
  return Object.freeze({
    name: "kBfgs",
    options: settings,
    init: (model: Model, context?: InitContext): KBfgsState =>
      new KBfgsState(model, settings, context),
    step: (state: OptimizerState, problem: Problem): StepReport =>
      kBfgsStep(state as KBfgsState, problem, settings),
  });
}

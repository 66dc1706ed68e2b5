// K-FAC: natural gradient with Kronecker factors.
//
//   F_l ≈ A ⊗ G,  A = mean_n Σ_t a aᵀ (D x D),  G = mean_n mean_t g gᵀ (O x O)
//   step of site l:  W_l -= α (G + λ_G I)^-1 M_l (A + λ_A I)^-1
//
// g are gradients for targets drawn from the model ("sampled"), for the batch's own targets ("empirical"),
// or the exact expectation over all outputs ("exact": one reverse sweep per output, from S with S Sᵀ = H).
//
// Sources: Martens & Grosse 2015, sections 3, 6.3 (damping) and 4.2 (sampling); settings of the baseline in
// Goldfarb, Ren & Bahamou 2020 by its authors' code. Deviations from 2015: fixed damping and learning rate,
// no exact quadratic model for step and momentum.
import type { Model } from "../nn/model.ts";
import { KfacState } from "./kfac_state.ts";
import { kfacStep } from "./kfac_step.ts";
import { type Momentum, movingAverage } from "./momentum.ts";
import type { InitContext, Optimizer, OptimizerState, Problem, StepReport } from "./optimizer.ts";
import { checkCount, checkSchedule, type Schedule } from "./schedule.ts";

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
  /** `movingAverage()`, `heavyBall()` or `nesterov()`. @default movingAverage(0.9) */
  readonly momentum?: Momentum;
  /** Decay of the moving averages of A and G. @default 0.9 */
  readonly decay?: number;
  /** Steps between updates of A and G. @default 1 */
  readonly factorInterval?: number;
  /** Steps between inversions, which also happen in each of the first `warmupSteps`. @default 20 */
  readonly inverseInterval?: number;
  /** First steps with an inversion each. @default 20 */
  readonly warmupSteps?: number;
  /** Seed of sampled targets. @default 0 */
  readonly seed?: number;
  /** L2 coefficient, added to the gradient as l2 θ. @default 0 */
  readonly l2?: Schedule;
  /** Decoupled decay: θ shrinks by learningRate weightDecay in each step. @default 0 */
  readonly weightDecay?: Schedule;
}

/** The settings with defaults filled in. */
export type KfacSettings = Required<KfacOptions>;

function oneOf(option: string, value: string, ...allowed: string[]): void {
  if (!allowed.includes(value)) {
    throw new TypeError(`Cannot use kfac: ${option} must be one of ${allowed.join(", ")}`);
  }
}

/**
 * Kronecker-factored approximate curvature.
 *
 * State: momentum (P), A, G and their damped inverses (2D² + 2O²) for every site. Deterministic: sampled
 * targets come from keys (seed, step).
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range.
 *
 * Source: Martens & Grosse 2015 (arXiv 1503.05671).
 *
 * @example
 * ```ts
 * import { dense, kfac, sequential, softmaxCrossEntropy, tanh, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [2], seed: 1 }, [dense(8), tanh(), dense(2)]);
 * using input = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
 * using target = tensor([0, 1, 1, 0]);
 * const optimizer = kfac({ learningRate: 0.3, damping: 0.01 });
 * using state = optimizer.init(model);
 * const problem = { model, loss: softmaxCrossEntropy(), batch: { input, target } };
 * const first = optimizer.step(state, problem).loss;
 * for (let i = 0; i < 100; i++) optimizer.step(state, problem);
 * assert(optimizer.step(state, problem).loss < first / 4);
 * ```
 */
export function kfac(options: KfacOptions = {}): Optimizer {
  const settings = Object.freeze({
    learningRate: options.learningRate ?? 0.1,
    damping: options.damping ?? 0.1,
    split: options.split ?? "pi",
    fisher: options.fisher ?? "sampled",
    momentum: options.momentum ?? movingAverage(0.9),
    decay: options.decay ?? 0.9,
    factorInterval: options.factorInterval ?? 1,
    inverseInterval: options.inverseInterval ?? 20,
    warmupSteps: options.warmupSteps ?? 20,
    seed: options.seed ?? 0,
    l2: options.l2 ?? 0,
    weightDecay: options.weightDecay ?? 0,
  });
  oneOf("split", settings.split, "pi", "plain");
  oneOf("fisher", settings.fisher, "sampled", "empirical", "exact");
  checkSchedule("kfac", "learningRate", settings.learningRate, "positive");
  checkSchedule("kfac", "damping", settings.damping, "positive");
  checkSchedule("kfac", "decay", settings.decay, "fraction");
  checkSchedule("kfac", "warmupSteps", settings.warmupSteps, "non-negative");
  checkSchedule("kfac", "seed", settings.seed, "non-negative");
  checkSchedule("kfac", "l2", settings.l2, "non-negative");
  checkSchedule("kfac", "weightDecay", settings.weightDecay, "non-negative");
  checkCount("kfac", "factorInterval", settings.factorInterval);
  checkCount("kfac", "inverseInterval", settings.inverseInterval);
  return Object.freeze({
    name: "kfac",
    options: settings,
    init: (model: Model, context?: InitContext): KfacState =>
      new KfacState(model, settings, context),
    step: (state: OptimizerState, problem: Problem): StepReport =>
      kfacStep(state as KfacState, problem, settings),
  });
}

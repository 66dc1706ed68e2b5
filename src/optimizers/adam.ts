import type { Model } from "../nn/model.ts";
import { maxAbs } from "../ops/vector.ts";
import { withDefaults } from "../runtime/arguments.ts";
import { kernels } from "../runtime/instance.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Optimizer, OptimizerState } from "./optimizer.ts";
import { makePreconditioned, type Preconditioner, type Situation } from "./preconditioned_step.ts";
import { powerOf } from "./power.ts";
import { checkSchedules, COMMON_DOMAINS, type Domains, type Schedule } from "./schedule.ts";
import { checkRoom, type StepFactors } from "./update.ts";

/** Settings of `adam()` and `adamw()`. */
export interface AdamOptions {
  /** Step size. @default 0.001 */
  readonly learningRate?: Schedule;
  /** Decay of the mean of gradients, β1. @default 0.9 */
  readonly beta1?: Schedule;
  /** Decay of the mean of squared gradients, β2. @default 0.999 */
  readonly beta2?: Schedule;
  /** Added to the root of the second moment, ε. @default 1e-8 */
  readonly epsilon?: Schedule;
  /** L2 coefficient, added to the gradient as l2 θ. @default 0 */
  readonly l2?: Schedule;
  /** Decoupled decay: θ shrinks by learningRate weightDecay in each step. @default 0, for adamw 0.01 */
  readonly weightDecay?: Schedule;
}

const DOMAINS = Object.freeze(
  {
    ...COMMON_DOMAINS,
    beta1: "fraction",
    beta2: "fraction",
    epsilon: "positive",
  } satisfies Domains<string>,
);

type AdamSettings = Required<AdamOptions>;

const DEFAULTS: AdamSettings = Object.freeze({
  learningRate: 0.001,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  l2: 0,
  weightDecay: 0,
});

/**
 * Adam: steps scaled by bias-corrected first and second moments of the gradient.
 *
 * State: two vectors of P numbers. Deterministic.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range.
 *
 * Source: Kingma & Ba 2015, algorithm 1.
 *
 * @example
 * ```ts
 * import { adam, dense, sequential, squaredError, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * using input = tensor([[1], [2]]);
 * using target = tensor([[2], [4]]);
 * const optimizer = adam({ learningRate: 0.1 });
 * using state = optimizer.init(model);
 * const problem = { model, loss: squaredError(), batch: { input, target } };
 * const first = optimizer.step(state, problem).loss;
 * for (let i = 0; i < 100; i++) optimizer.step(state, problem);
 * assert(optimizer.step(state, problem).loss < first / 10);
 * ```
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return make("adam", options, 0);
}

/**
 * Adam with decoupled weight decay.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range.
 *
 * Source: Loshchilov & Hutter 2019, algorithm 2.
 *
 * @example
 * ```ts
 * import { adamw } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(adamw().options.weightDecay, 0.01);
 * ```
 */
export function adamw(options: AdamOptions = {}): Optimizer {
  return make("adamw", options, 0.01);
}

function make(name: string, options: AdamOptions, weightDecay: number): Optimizer {
  const settings = withDefaults(`use ${name}`, options, { ...DEFAULTS, weightDecay });
  checkSchedules(name, settings, DOMAINS);
  return makePreconditioned({
    name,
    settings,
    domains: DOMAINS,
    State: AdamState,
    prepare: adamPreconditioner,
  });
}

class AdamState extends OptimizerState {
  readonly first: Tensor;
  readonly second: Tensor;
  readonly gradient: Tensor;

  constructor(model: Model) {
    super(model);
    const shape = [model.parameterCount];
    this.first = this.remember("firstMoment", shape);
    this.second = this.remember("secondMoment", shape);
    this.gradient = this.workspace(shape);
    this.numbers.set("beta1Power", 1).set("beta2Power", 1);
  }
}

/** Divides by the root of the second moment. */
function adamPreconditioner(
  { state, problem: { model }, values }: Situation<AdamState, AdamSettings, typeof DOMAINS>,
): Preconditioner {
  const { first, second, numbers } = state, { beta1, beta2, epsilon } = values;
  const power1 = powerOf(numbers, "beta1Power") * beta1;
  const power2 = powerOf(numbers, "beta2Power") * beta2;
  checkMoments(state, model, epsilon * (1 - power1), values);
  return {
    apply(gradient) {
      // Moments change in place: it is known that no update will be refused.
      kernels(model.dtype).adam_direction(
        gradient.size,
        beta1,
        beta2,
        epsilon,
        1 - power1,
        1 - power2,
        gradient.pointer,
        first.pointer,
        second.pointer,
      );
      return gradient;
    },
    commit() {
      numbers.set("beta1Power", power1).set("beta2Power", power2);
      return undefined;
    },
  };
}

/** Refuses gradients whose squares or quotients could overflow, before any moment is touched. */
function checkMoments(
  { gradient, first, step }: AdamState,
  model: Model,
  smallestDivisor: number,
  factors: StepFactors,
): void {
  const largestGradient = maxAbs(gradient);
  const longest = (maxAbs(first) + largestGradient) / smallestDivisor * Math.sqrt(gradient.size);
  const change = Math.max(largestGradient * largestGradient, factors.learningRate * longest);
  checkRoom(model, change, factors, step);
}

import type { Model } from "../nn/model.ts";
import { withDefaults } from "../runtime/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { makeOptimizer } from "./method.ts";
import { checkMomentum, type Momentum, prepareMomentum } from "./momentum.ts";
import {
  type Optimizer,
  OptimizerState,
  type Problem,
  type Replaceable,
  type StepReport,
} from "./optimizer.ts";
import { checkSchedules, COMMON_DOMAINS, type Schedule, valuesAt } from "./schedule.ts";
import { applyUpdate, regularizedGradient } from "./update.ts";

/** Settings of `sgd()`. */
export interface SgdOptions {
  /** Step size. @default 0.01 */
  readonly learningRate?: Schedule;
  /** `heavyBall()`, `nesterov()` or `movingAverage()`. @default none */
  readonly momentum?: Momentum;
  /** L2 coefficient, added to the gradient as l2 θ. @default 0 */
  readonly l2?: Schedule;
  /** Decoupled decay: θ shrinks by learningRate weightDecay in each step. @default 0 */
  readonly weightDecay?: Schedule;
}

/** No memory of past gradients. */
const PLAIN: Momentum = Object.freeze({ kind: "heavy-ball", decay: 0 });

const DEFAULTS: Required<SgdOptions> = Object.freeze({
  learningRate: 0.01,
  momentum: PLAIN,
  l2: 0,
  weightDecay: 0,
});

/**
 * Stochastic gradient descent, with momentum if asked for.
 *
 * State: one vector of P numbers when there is momentum. Deterministic.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range.
 *
 * @example
 * ```ts
 * import { dense, heavyBall, sequential, sgd, squaredError, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * using input = tensor([[1], [2]]);
 * using target = tensor([[2], [4]]);
 * const optimizer = sgd({ learningRate: 0.1, momentum: heavyBall(0.5) });
 * using state = optimizer.init(model);
 * const problem = { model, loss: squaredError(), batch: { input, target } };
 * const first = optimizer.step(state, problem);
 * const second = optimizer.step(state, problem);
 * assert(second.loss < first.loss);
 * ```
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const settings = withDefaults("use sgd", options, DEFAULTS);
  checkSchedules("sgd", settings, COMMON_DOMAINS);
  checkMomentum("sgd", settings.momentum);
  return makeOptimizer({ name: "sgd", settings, State: SgdState, step: sgdStep });
}

class SgdState extends OptimizerState {
  readonly momentum: Replaceable;
  readonly gradient: Tensor;

  constructor(model: Model) {
    super(model);
    const shape = [model.parameterCount];
    this.momentum = this.rememberReplaceable("momentum", shape);
    this.gradient = this.workspace(shape);
  }
}

function sgdStep(
  state: SgdState,
  { model, loss, batch }: Problem,
  settings: Required<SgdOptions>,
): StepReport {
  const { step, momentum, gradient } = state;
  const factors = valuesAt("sgd", settings, COMMON_DOMAINS, step);
  const { learningRate, l2 } = factors;
  using lin = model.linearize(loss, batch);
  const gradientNorm = regularizedGradient(lin, model, l2, gradient, step);
  const direction = prepareMomentum(settings.momentum, momentum, gradient, step);
  const stepNorm = applyUpdate(model, direction, factors, step);
  momentum.commit();
  state.step++;
  return { step, loss: lin.loss, gradientNorm, stepNorm, learningRate };
}

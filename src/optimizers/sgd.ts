import type { Model } from "../nn/model.ts";
import { withDefaults } from "../runtime/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Momentum, withMomentum } from "./momentum.ts";
import { type Optimizer, OptimizerState, type Replaceable } from "./optimizer.ts";
import { makePreconditioned, type Preconditioner } from "./preconditioned_step.ts";
import { checkSchedules, COMMON_DOMAINS, type Schedule } from "./schedule.ts";

/** Settings of `sgd()`. */
export interface SgdOptions {
  /** Step size. @default 0.01 */
  readonly learningRate?: Schedule;
  /** `heavyBall()`, also as a number, `nesterov()` or `movingAverage()`. @default none */
  readonly momentum?: Momentum | number;
  /** L2 coefficient, added to the gradient as l2 θ. @default 0 */
  readonly l2?: Schedule;
  /** Decoupled decay: θ shrinks by learningRate weightDecay in each step. @default 0 */
  readonly weightDecay?: Schedule;
}

/** No memory of past gradients. */
const PLAIN: Momentum = Object.freeze({ kind: "heavy-ball", decay: 0 });

/** The gradient as it is. */
const IDENTITY: Preconditioner = Object.freeze({ apply: (gradient: Tensor): Tensor => gradient });

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
  const settings = withMomentum("sgd", withDefaults("use sgd", options, DEFAULTS));
  checkSchedules("sgd", settings, COMMON_DOMAINS);
  return makePreconditioned({
    name: "sgd",
    settings,
    domains: COMMON_DOMAINS,
    State: SgdState,
    momentum: { of: "gradient", rule: settings.momentum },
    prepare: () => IDENTITY,
  });
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

// Limited-memory BFGS for objectives that do not change: the loss of the whole data set, or of one large batch.
//
// Source: Nocedal & Wright 2006, algorithms 7.4 (two-loop recursion), 7.5 and, for the line search, 3.5 and 3.6.
// Deviates: the first length is 1 / |g|, at most 1; a step whose search fails is not taken and the pairs are
// forgotten; y is taken between two gradients of one batch, so that batches in turn give pairs that mean something too.
import { makeOptimizer } from "./method.ts";
import type { Optimizer } from "./optimizer.ts";
import { type LbfgsOptions, lbfgsSettings } from "./lbfgs/settings.ts";
import { LbfgsState } from "./lbfgs/state.ts";
import { lbfgsStep } from "./lbfgs/step.ts";

/**
 * L-BFGS with a line search for the strong Wolfe conditions: no learning rate to choose.
 *
 * For the whole data set at a time. A step makes a gradient at its start, and one for each length that it tries,
 * usually one. A step that finds no length leaves the parameters as they were: after a good many, that is what the end
 * looks like.
 *
 * State: m pairs (2m P). Working memory: 4 vectors of P. Deterministic.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range, or `sufficientDecrease` not below `curvature`.
 *
 * Source: Liu & Nocedal 1989; Nocedal & Wright 2006, chapter 7.
 *
 * @example
 * ```ts
 * import { dense, lbfgs, sequential, squaredError, tanh, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [2], seed: 1 }, [dense(8), tanh(), dense(1)]);
 * using input = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
 * using target = tensor([[0], [1], [1], [0]]);
 * const optimizer = lbfgs();
 * using state = optimizer.init(model);
 * const problem = { model, loss: squaredError(), batch: { input, target } };
 * const first = optimizer.step(state, problem).loss;
 * for (let i = 0; i < 40; i++) optimizer.step(state, problem);
 * assert(optimizer.step(state, problem).loss < first / 1000);
 * ```
 */
export function lbfgs(options: LbfgsOptions = {}): Optimizer {
  const settings = lbfgsSettings(options);
  return makeOptimizer({ name: "lbfgs", settings, State: LbfgsState, step: lbfgsStep });
}

// Hessian-free optimization: a damped Gauss-Newton step by conjugate gradients, never solved to the end.
//
//   minimize  g·δ + ½ δᵀ(G + λ I) δ      G the Gauss-Newton matrix of the batch, or of one part of it in turn
//
// In each step: conjugate gradients from the last solution, shrunk; of the iterates that were stored, the
// earliest that the objective likes as well as its successor; λ by the ratio of what the objective and the undamped
// model lost; the length by backtracking.
//
// Source: Martens 2010, "Deep learning via Hessian-free optimization"; constants of its author's program:
// iterates 5, 7, 9, 11, 15, …; exponent 3/4 of the preconditioner; decrease 1e-2, shrinkage 0.8, 60 times; ratios 1/4
// and 3/4. Deviates: λ begins at 1, not 45. Preconditioner "jacobi": Chapelle & Erhan 2011. Structural damping: Martens &
// Sutskever 2011, with ½‖Δh‖² for the distance of hidden states.
import { turnsOf } from "./hessian_free/batch_part.ts";
import { preconditionersNeed } from "./hessian_free/preconditioner.ts";
import {
  HESSIAN_FREE_DOMAINS,
  type HessianFreeOptions,
  hessianFreeSettings,
} from "./hessian_free/settings.ts";
import { HessianFreeState } from "./hessian_free/state.ts";
import { hessianFreeStep } from "./hessian_free/step.ts";
import { finish } from "../runtime/parts.ts";
import { makeOptimizer } from "./method.ts";
import type { Optimizer } from "./optimizer.ts";
import { valuesAt } from "./schedule.ts";

/**
 * Hessian-free optimization, for large batches: the whole data set, or thousands of samples.
 *
 * It serves every model, for it needs products alone; a preconditioner needs samples that do not meet. A step costs a
 * gradient, two products of the part's size for each iteration of the solver, and a loss for each point that it looks
 * at. A step that no length makes good leaves the parameters as they were, and raises the damping.
 *
 * A signal in the problem gives a step up between iterations of the solver and between points, with parameters and state
 * as they were. `train()` lets the event loop run there too.
 *
 * State: the last solution (P) and λ. Working memory: 10 vectors of P, 11 with the preconditioner, one more
 * with `l2Except`, and the iterates that are stored, 17 for 250 iterations. Deterministic.
 *
 * With parts for the line search, `lineSearchChunks`, it is their loss that never rises.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range.
 *
 * Source: Martens 2010.
 *
 * @example
 * ```ts
 * import { dense, hessianFree, sequential, sigmoidCrossEntropy, tanh, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [2], seed: 3 }, [dense(8), tanh(), dense(1)]);
 * using input = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
 * using target = tensor([[0], [1], [1], [0]]);
 * const optimizer = hessianFree({ initialDamping: 0.1 });
 * using state = optimizer.init(model);
 * const problem = { model, loss: sigmoidCrossEntropy(), batch: { input, target } };
 * const first = optimizer.step(state, problem).loss;
 * for (let i = 0; i < 20; i++) optimizer.step(state, problem);
 * assert(optimizer.step(state, problem).loss < first / 10);
 * ```
 */
export function hessianFree(options: HessianFreeOptions = {}): Optimizer {
  const name = "hessianFree", settings = hessianFreeSettings(options);
  return makeOptimizer({
    name,
    settings,
    State: HessianFreeState,
    step: (state, problem, own) =>
      finish(`step ${name}`, hessianFreeStep(state, problem, own), problem.signal),
    stepInParts: hessianFreeStep,
    needsIndependence: preconditionersNeed,
    cycle: (given) => {
      const { curvatureChunks, lineSearchChunks } = valuesAt(name, given, HESSIAN_FREE_DOMAINS, 0);
      return turnsOf(curvatureChunks, lineSearchChunks);
    },
  });
}

// Levenberg-Marquardt with the exact Gauss-Newton matrix of the loss:
//
//   (G + λ D) d = -g,   G = (1/B) Σ JᵀHJ + l2 I,   accepted when loss + ½ l2 ‖θ‖² falls
//
// H is the Hessian of the loss in the outputs, so a classification is what it is: no residual √loss, whose matrix would be
// of rank one in each sample and undefined where the loss is zero.
//
// Sources: Levenberg 1944; Marquardt 1963; Nielsen 1999 (damping by the reduction ratio); Fairbank & Alonso 2012 (assembly of G);
// Schraudolph 2002 (H). The paper's own rule for λ is not known to us; both rules here are others'.
import { LevenbergMarquardtState } from "./levenberg_marquardt/state.ts";
import {
  type LevenbergMarquardtOptions,
  levenbergMarquardtSettings,
} from "./levenberg_marquardt/settings.ts";
import { levenbergMarquardtStep } from "./levenberg_marquardt/step.ts";
import { makeOptimizer } from "./method.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * Levenberg-Marquardt: damped Gauss-Newton steps that never raise the loss of their batch.
 *
 * For networks of up to a few thousand parameters, in float64 to machine precision. Each step assembles one matrix; trial
 * steps that fail only factor it anew with a larger λ. The report tells how λ, the reduction ratio and the trials went, and
 * `stop` that no further step would help: the gradient or the step is tiny, the promised decrease is lost in rounding, or λ is
 * at its limit. A trial at which the loss is not finite is rejected.
 *
 * State: λ and its growth. Memory of a step: 16 P² bytes, or 16 (B K)² in the dual form. Cost: the assembly, and P³/3
 * flops for each trial. Form "lsmr" has no matrix: a product with J and one with Jᵀ for each iteration of a solve, and
 * in the model's dtype 11 vectors of P elements, 14 with l2, and 5 of B K. Deterministic.
 *
 * @throws {TypeError} when an option has the wrong type, or options do not go together.
 * @throws {RangeError} when an option is out of range.
 *
 * Source: Marquardt 1963; Nielsen 1999; Fairbank & Alonso 2012; Transtrum & Sethna 2012 for `acceleration`; Fong &
 * Saunders 2011 for "lsmr".
 *
 * @example
 * ```ts
 * import { dense, levenbergMarquardt, sequential, squaredError, tanh, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [1], seed: 1, dtype: "float64" }, [dense(5), tanh(), dense(1)]);
 * using input = tensor([[-1], [-0.5], [0], [0.5], [1]], { dtype: "float64" });
 * using target = tensor([[1], [0], [-1], [0], [1]], { dtype: "float64" });
 * const optimizer = levenbergMarquardt();
 * using state = optimizer.init(model);
 * const problem = { model, loss: squaredError(), batch: { input, target } };
 * let report = optimizer.step(state, problem);
 * while (!report.stop && report.step < 100) report = optimizer.step(state, problem);
 * assert(report.loss < 1e-12);
 * ```
 */
export function levenbergMarquardt(options: LevenbergMarquardtOptions = {}): Optimizer {
  const settings = levenbergMarquardtSettings(options);
  return makeOptimizer({
    name: "levenbergMarquardt",
    settings,
    State: LevenbergMarquardtState,
    step: levenbergMarquardtStep,
    needsIndependence: () => "the rows of the Jacobian",
    validates: ({ patience }) => patience > 0,
  });
}

// Component-wise natural gradient: the Fisher matrix is cut into segments so small that each is inverted exactly.
//
//   F_e = (1/B) Σ_n g_n[e] g_n[e]ᵀ,  h_e = ρ h_e + (1 - ρ) F_e,  m = μ m + (1 - μ) g
//   θ_e -= η (h_e / (1 - ρ^t) + ε I)⁻¹ m_e / (1 - μ^t)                    e a segment, g_n the gradient of sample n
//
// Source: Tran Van Sang et al. 2022 (arXiv 2210.05268), "Component-wise natural gradient descent", which cuts each layer's
// matrix into segments; the segments, averages and settings here are those of the code of Tran, Nakata, Yamaguchi, Irvan &
// Yoshimoto, "Enhanced component-wise NGD training method for deep neural networks". Deviates: other sites
// have the diagonal of fallback.ts, by the same formula; what is ours besides is told in docs/cw_ngd.md.
import { cwNgdPreconditioner } from "./cw_ngd/preconditioner.ts";
import { CW_NGD_DOMAINS, type CwNgdOptions, cwNgdSettings } from "./cw_ngd/settings.ts";
import { CwNgdState } from "./cw_ngd/state.ts";
import type { Optimizer } from "./optimizer.ts";
import { makePreconditioned } from "./preconditioned_step.ts";

/**
 * Component-wise natural gradient descent.
 *
 * It serves every model in which samples do not meet; where W multiplies no rows, or several layers apply it, `fallback`
 * says what is done. By default a segment is what one channel gives to one filter of a convolution, a row of a dense or
 * recurrent weight with at most `threshold` columns, all biases of a site, or a single parameter; there the step is
 * η m / (F + ε), without a root. Small ε asks for small step sizes: (F + ε I)⁻¹ has no other bound.
 *
 * State: momentum (P), and for a segment of s parameters s (s + 1) / 2 numbers, s² beyond 32, all of it twice. Gradients of
 * samples are made a few at a time. Where rounding leaves nothing of a segment's factor it is solved in float64, with ten
 * times the ε where that does not suffice, and counted in the report. Deterministic.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range.
 *
 * Source: Tran Van Sang et al. 2022 (arXiv 2210.05268), and the code of the paper that follows it.
 *
 * @example
 * ```ts
 * import { cwNgd, dense, sequential, sigmoidCrossEntropy, tanh, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [2], seed: 3 }, [dense(8), tanh(), dense(1)]);
 * using input = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
 * using target = tensor([[0], [1], [1], [0]]);
 * const optimizer = cwNgd({ learningRate: 0.1, damping: 0.01 });
 * using state = optimizer.init(model);
 * const problem = { model, loss: sigmoidCrossEntropy(), batch: { input, target } };
 * const first = optimizer.step(state, problem).loss;
 * for (let i = 0; i < 50; i++) optimizer.step(state, problem);
 * assert(optimizer.step(state, problem).loss < first / 4);
 * ```
 */
export function cwNgd(options: CwNgdOptions = {}): Optimizer {
  const settings = cwNgdSettings(options);
  return makePreconditioned({
    name: "cwNgd",
    settings,
    domains: CW_NGD_DOMAINS,
    State: CwNgdState,
    needsIndependence: () => "the gradients of samples that segments are made of",
    momentum: { of: "gradient", rule: settings.momentum },
    prepare: cwNgdPreconditioner,
  });
}

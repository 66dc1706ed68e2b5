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
import { kBfgsPreconditioner } from "./k_bfgs/preconditioner.ts";
import { type KBfgsOptions, kBfgsSettings, traitsOf } from "./k_bfgs/settings.ts";
import { KBfgsState } from "./k_bfgs/state.ts";
import type { Optimizer } from "./optimizer.ts";
import { makePreconditioned } from "./preconditioned_step.ts";

/**
 * Kronecker-factored BFGS; with `memory` its limited-memory form K-BFGS(L).
 *
 * Sites without factors, as those of `layerNorm()`, have what `fallback` says.
 *
 * State: momentum (P), H_a (D²) and H_g (O², or 2p O) for every site with factors; mode "2020" also A (D²); a diagonal
 * (O D) for every other site. A step costs two passes over the batch and no factorization; only a warm start inverts
 * A, once. Deterministic.
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
  const settings = kBfgsSettings(options);
  return makePreconditioned({
    name: "kBfgs",
    settings,
    domains: traitsOf(settings).domains,
    State: KBfgsState,
    warmStart: (state, ...rest) => state.warmStart(...rest),
    momentum: { of: "gradient", rule: settings.momentum },
    prepare: kBfgsPreconditioner,
    needsFactors: settings.fallback === "refuse",
  });
}

// K-FAC: natural gradient with Kronecker factors.
//
//   F_l ≈ A ⊗ G,  A = mean_n Σ_t a aᵀ (D x D),  G = mean_n mean_t g gᵀ (O x O)
//   step of site l:  W_l -= α (G + λ_G I)^-1 M_l (A + λ_A I)^-1
//
// g are gradients for targets drawn from the model ("sampled"), for the batch's own targets ("empirical"),
// or the exact expectation over all outputs ("exact": one reverse sweep per output, from S with S Sᵀ = H).
//
// A site at T positions (a convolution, an LSTM, dense units at each step) has the Fisher block
// E[(Σ_t g_t a_tᵀ) ⊗ itself]. Of its T² terms those of two different positions are left out, and inputs count as
// independent of gradients and as alike at all positions. Exact for T = 1 but for the independence; for an LSTM it
// ignores how steps hang together, which the models of temporal correlation in Martens, Ba & Johnson 2018 do not.
//
// Sources: Martens & Grosse 2015, sections 3, 6.3 (damping) and 4.2 (sampling); settings of the baseline in
// Goldfarb, Ren & Bahamou 2020 by its authors' code. Deviations from 2015: fixed damping and learning rate,
// no exact quadratic model for step and momentum.
import { kfacPreconditioner } from "./kfac/preconditioner.ts";
import { KFAC_DOMAINS, type KfacOptions, kfacSettings } from "./kfac/settings.ts";
import { KfacState } from "./kfac/state.ts";
import type { Optimizer } from "./optimizer.ts";
import { makePreconditioned } from "./preconditioned_step.ts";

/**
 * Kronecker-factored approximate curvature.
 *
 * Sites at several positions, convolutions and LSTMs, are treated as if their positions were samples of their own:
 * correlations between positions are ignored. Sites without factors, as those of `layerNorm()`, have what `fallback`
 * says.
 *
 * State: momentum (P), A, G and their damped inverses (2D² + 2O²) for every site with factors, a diagonal (O D) for
 * every other. Deterministic: sampled targets come from keys (seed, step).
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
  const settings = kfacSettings(options);
  return makePreconditioned({
    name: "kfac",
    settings,
    domains: KFAC_DOMAINS,
    State: KfacState,
    warmStart: (state, ...rest) => state.warmStart(...rest),
    momentum: { of: "gradient", rule: settings.momentum },
    prepare: kfacPreconditioner,
    needsFactors: settings.fallback === "refuse",
  });
}

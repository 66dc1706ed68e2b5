// KFI: the Kronecker-factored inverse on EA-CG's curvature, its rival.
//
//   A_l = E[h hᵀ],  γ = α / (1 - α),  π² = (tr A / dim A) / (tr H̄ / dim H̄)
//   D_l = (H̄ + √γ/π I)^-1 G (A + π√γ I)^-1 / (1 - α),  W_l -= η D_l
//
// by Cholesky factors of both, or of a matrix of samples where these are few, without an inverse. The product of the
// damped factors is above (H̄ ⊗ A) + γ I.
//
// Source: Martens & Grosse 2015, section 6.3, for the split of the damping; as the rival of EA-CG in Chen, Chou &
// Chang 2019. The factor 1 / (1 - α), which gives it EA-CG's step sizes, is ours.
import { EA_CURVATURE_DOMAINS, momentumOf } from "./ea_cg/settings.ts";
import { kfiPreconditioner } from "./kfi/preconditioner.ts";
import { type KfiOptions, kfiSettings } from "./kfi/settings.ts";
import { KfiState } from "./kfi/state.ts";
import type { Optimizer } from "./optimizer.ts";
import { makePreconditioned } from "./preconditioned_step.ts";

/**
 * Kronecker-factored inverse of the positive-curvature Hessian.
 *
 * For networks of dense sites; the lowest ones may have no Kronecker factors, as those of `layerNorm()`, and have what
 * `fallback` says. State: nothing without momentum but a diagonal (O D) for each of these; working memory O² for each site, and of the widest O²
 * and D², or B (B + O) where B < D. A step costs, besides EA-CG's recursion, B D² + D³/3 + 2 O D (O + D) flops for each
 * site, or B² D + B³/3 + 2 B O (B + D + O) where there are fewer samples than inputs and no `l2`. Deterministic.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range; a step does at a site that `degenerate` tells of, by name.
 *
 * Source: Chen, Chou & Chang 2019 (arXiv 1802.06502); Martens & Grosse 2015 (arXiv 1503.05671), section 6.3.
 *
 * @example
 * ```ts
 * import { dense, kfi, sequential, sigmoid, softmaxCrossEntropy, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [2], seed: 1 }, [dense(8), sigmoid(), dense(2)]);
 * using input = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
 * using target = tensor([0, 1, 1, 0]);
 * const optimizer = kfi({ learningRate: 0.5 });
 * using state = optimizer.init(model);
 * const problem = { model, loss: softmaxCrossEntropy(), batch: { input, target } };
 * const first = optimizer.step(state, problem).loss;
 * for (let i = 0; i < 200; i++) optimizer.step(state, problem);
 * assert(optimizer.step(state, problem).loss < first / 4);
 * ```
 */
export function kfi(options: KfiOptions = {}): Optimizer {
  const settings = kfiSettings(options);
  return makePreconditioned({
    name: "kfi",
    settings,
    domains: EA_CURVATURE_DOMAINS,
    State: KfiState,
    momentum: momentumOf(settings),
    prepare: kfiPreconditioner,
  });
}

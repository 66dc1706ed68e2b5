// EA-CG: Newton steps on positive-curvature Hessian blocks by conjugate gradients.
//
//   H̄_l ≈ Hessian of the loss in the site's outputs, projected (expectation approximation)
//   [(1 - α) H̄_l ⊗ h̄ h̄ᵀ + α I] D_l = G_l  by conjugate gradients,  W_l -= η D_l
//
// G is the gradient as it is; only the curvature is projected. h̄ is the mean input of the mini-batch, and weights
// and bias of a site are systems of their own. 1/α is a learning rate for what G has orthogonal to h̄.
//
// Source: Chen, Chou & Chang 2019; settings and stopping rule after Dangel's account of its second version (thesis
// and program). Ours: compressed and direct solves, the joint bias, momentum on directions, an α that adapts.
import { eaCgPreconditioner } from "./ea_cg/preconditioner.ts";
import { EA_CG_DOMAINS, type EaCgOptions, eaCgSettings, momentumOf } from "./ea_cg/settings.ts";
import { EaCgState } from "./ea_cg/state.ts";
import type { Optimizer } from "./optimizer.ts";
import { makePreconditioned } from "./preconditioned_step.ts";

/**
 * EA-CG: positive-curvature Hessian blocks and Kronecker conjugate gradients.
 *
 * For networks of dense sites; the lowest ones may have no Kronecker factors, as those of `layerNorm()`, and have what
 * `fallback` says. State: nothing without momentum but a diagonal (O D) for each of these, and O² of working memory
 * for each site besides the gradient. A step costs a gradient, two matrix products for each site but the first whatever the batch
 * size, and 2 O² flops for each iteration. Deterministic.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range; a step does at a site that `degenerate` tells of, by name.
 *
 * Source: Chen, Chou & Chang 2019 (arXiv 1802.06502); settings after Dangel's account of its second version.
 *
 * @example
 * ```ts
 * import { dense, eaCg, sequential, sigmoid, softmaxCrossEntropy, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [2], seed: 1 }, [dense(8), sigmoid(), dense(2)]);
 * using input = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
 * using target = tensor([0, 1, 1, 0]);
 * const optimizer = eaCg();
 * using state = optimizer.init(model);
 * const problem = { model, loss: softmaxCrossEntropy(), batch: { input, target } };
 * const first = optimizer.step(state, problem).loss;
 * for (let i = 0; i < 200; i++) optimizer.step(state, problem);
 * assert(optimizer.step(state, problem).loss < first / 4);
 * ```
 */
export function eaCg(options: EaCgOptions = {}): Optimizer {
  const settings = eaCgSettings(options);
  return makePreconditioned({
    name: "eaCg",
    settings,
    domains: EA_CG_DOMAINS,
    State: EaCgState,
    momentum: momentumOf(settings),
    prepare: eaCgPreconditioner,
  });
}

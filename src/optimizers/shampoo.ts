// Shampoo: AdaGrad for matrices, with one preconditioner for the rows and one for the columns of each W.
//
//   L += G Gᵀ,  R += Gᵀ G,  W -= η L^(-1/4) G R^(-1/4)      G (O, D) the gradient, L and R from ε I on
//
// Source: Gupta, Koren & Singer 2018, "Shampoo: preconditioned stochastic tensor optimization", algorithm 1. Deviates: W
// is [weight | bias] as one matrix, and a convolution's kernel is one of (filters, patch), not a tensor with four
// sides; roots may be older than the sums; momentum is taken of the gradient. Grafting is not of this paper: Agarwal et
// al. 2020, "Disentangling adaptive gradient methods from learning rates".
import type { Optimizer } from "./optimizer.ts";
import { makePreconditioned } from "./preconditioned_step.ts";
import { shampooPreconditioner } from "./shampoo/preconditioner.ts";
import { SHAMPOO_DOMAINS, type ShampooOptions, shampooSettings } from "./shampoo/settings.ts";
import { ShampooState } from "./shampoo/state.ts";

/**
 * Shampoo.
 *
 * It looks at gradients alone, so it serves every model. Roots cost about 10 (O³ + D³) flops for a site: layers of
 * thousands of units need a long `rootInterval`.
 *
 * State: momentum (P), and for every site L, R and their roots (2 O² + 2 D²), all of it twice. Roots are made in
 * float64. Deterministic.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range.
 *
 * Source: Gupta, Koren & Singer 2018 (arXiv 1802.09568), algorithm 1.
 *
 * @example
 * ```ts
 * import { dense, sequential, shampoo, sigmoidCrossEntropy, tanh, tensor } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [2], seed: 3 }, [dense(8), tanh(), dense(1)]);
 * using input = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
 * using target = tensor([[0], [1], [1], [0]]);
 * const optimizer = shampoo({ learningRate: 0.3 });
 * using state = optimizer.init(model);
 * const problem = { model, loss: sigmoidCrossEntropy(), batch: { input, target } };
 * const first = optimizer.step(state, problem).loss;
 * for (let i = 0; i < 100; i++) optimizer.step(state, problem);
 * assert(optimizer.step(state, problem).loss < first / 4);
 * ```
 */
export function shampoo(options: ShampooOptions = {}): Optimizer {
  const settings = shampooSettings(options);
  return makePreconditioned({
    name: "shampoo",
    settings,
    domains: SHAMPOO_DOMAINS,
    State: ShampooState,
    momentum: { of: "gradient", rule: settings.momentum },
    prepare: shampooPreconditioner,
  });
}

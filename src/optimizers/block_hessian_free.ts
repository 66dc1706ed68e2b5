// Hessian-free optimization by blocks: the Gauss-Newton matrix without what couples blocks of sites, and conjugate gradients
// of each block's own.
//
//   minimize  g_b·x + ½ xᵀ(G_b + λ I) x   in every block b,   θ ← θ + α (x_1, …, x_B)
//
// Source: Zhang, Xiong, Bradbury & Socher 2017, "Block-diagonal Hessian-free optimization for training neural networks"
// (arXiv 1712.07296), abstract: the matrix restricted to pairs of parameters in one block, solved apart. Its settings are not
// known to us: all numbers are ours, and so is the safe mode. What is done with solves is as in hessianFree().
import { finish } from "../runtime/parts.ts";
import { turnsOf } from "./hessian_free/batch_part.ts";
import {
  BLOCK_HESSIAN_FREE_DOMAINS,
  type BlockHessianFreeOptions,
  blockHessianFreeSettings,
} from "./hessian_free/block_settings.ts";
import { blockHessianFreeStep } from "./hessian_free/block_step.ts";
import { preconditionersNeed } from "./hessian_free/preconditioner.ts";
import { BlockHessianFreeState } from "./hessian_free/state.ts";
import { makeOptimizer } from "./method.ts";
import type { Optimizer } from "./optimizer.ts";
import { valuesAt } from "./schedule.ts";

/**
 * Block-diagonal Hessian-free optimization: `hessianFree()` without the curvature that couples blocks of sites.
 *
 * Every block has conjugate gradients of its own, with its own end, start and preconditioner; blocks advance together, and
 * no bit depends on their order. The report has each block's iterations and how its solve ended, and what the step cost.
 * It serves every model. A block costs a product's share: those of single sites, all together, (L + 1)/4 products for L
 * sites of equal cost, and the state is that of `hessianFree()` without stored iterates.
 *
 * In safe mode the loss of the batch, or of its part for the line search, never rises; a block whose solve fails, by what is not finite or a direction without
 * curvature, is left out and λ raised. In plain mode the step is then not taken, and λ raised. One block in safe mode is
 * `hessianFree()`, to the bit.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range.
 *
 * Source: Zhang, Xiong, Bradbury & Socher 2017 (arXiv 1712.07296), abstract. The safe mode and all defaults are ours.
 *
 * @example
 * ```ts
 * import { blockHessianFree, dense, sequential, sigmoidCrossEntropy, tanh, tensor } from "curvature";
 * import { assert, assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [2], seed: 3 }, [dense(8), tanh(), dense(1)]);
 * using input = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
 * using target = tensor([[0], [1], [1], [0]]);
 * const optimizer = blockHessianFree({ partition: "site", initialDamping: 0.1 });
 * using state = optimizer.init(model);
 * const problem = { model, loss: sigmoidCrossEntropy(), batch: { input, target } };
 * const first = optimizer.step(state, problem);
 * assertEquals(first.solves?.map(({ sites }) => sites), [["dense_1"], ["dense_2"]]);
 * for (let i = 0; i < 20; i++) optimizer.step(state, problem);
 * assert(optimizer.step(state, problem).loss < first.loss / 10);
 * ```
 */
export function blockHessianFree(options: BlockHessianFreeOptions = {}): Optimizer {
  const name = "blockHessianFree", settings = blockHessianFreeSettings(options);
  return makeOptimizer({
    name,
    settings,
    State: BlockHessianFreeState,
    step: (state, problem, own) =>
      finish(`step ${name}`, blockHessianFreeStep(state, problem, own), problem.signal),
    stepInParts: blockHessianFreeStep,
    needsIndependence: preconditionersNeed,
    cycle: (given) => {
      if (given.curvatureOrder === "by-key") return 1;
      const domains = BLOCK_HESSIAN_FREE_DOMAINS;
      const { curvatureChunks, lineSearchChunks } = valuesAt(name, given, domains, 0);
      return turnsOf(curvatureChunks, lineSearchChunks);
    },
  });
}

import { LinearOperator } from "../linalg/operator.ts";
import { checkLinearization, type Linearization } from "../nn/linearization.ts";
import type { Block } from "../nn/pass/network_pass.ts";
import { scale } from "../ops/vector.ts";
import { checkOptions, type Names, namesOf } from "../runtime/arguments.ts";
import { Scope } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { hessianMetric, type OutputMetric } from "./output_metric.ts";

/** Which part of a curvature matrix to keep. */
export interface BlockOptions {
  /**
   * "full", "site" (one block for each affine site), or lists of numbers of sites, each site in one of them;
   * what lies outside the diagonal blocks counts as zero. @default "full"
   */
  readonly blocks?: "full" | "site" | readonly Block[];
}

/** Its name. */
export const BLOCK_NAMES: Names<BlockOptions> = namesOf<BlockOptions>({ blocks: true });

/** The blocks of a model with `count` sites. */
export function checkBlocks(count: number, blocks: BlockOptions["blocks"] = "full"): Block[] {
  const all = Array.from({ length: count }, (_, i) => i);
  if (blocks === "full") return [all];
  if (blocks === "site") return all.map((site) => [site]);
  if (!Array.isArray(blocks) || !blocks.every(Array.isArray)) {
    throw new TypeError(
      'Cannot part the parameters: blocks must be "full", "site" or lists of numbers of sites',
    );
  }
  const listed = blocks.flat().toSorted((a, b) => a - b);
  if (listed.length !== count || listed.some((site, i) => site !== i)) {
    throw new RangeError(
      `Cannot part the parameters: every site from 0 to ${count - 1} must be in one block`,
    );
  }
  return blocks.map((block) => block.toSorted((a: number, b: number) => a - b));
}

/**
 * (1/B) Jᵀ M J, or its diagonal blocks: one Jacobian product forward, M, and one back for each block.
 *
 * Blocks are restricted sweeps: forward mode starts at the block's first layer, reverse mode ends there, so a
 * product is exactly the block's.
 */
export class JacobianSandwich extends LinearOperator {
  readonly #lin: Linearization;
  readonly #metric: OutputMetric;
  readonly #blocks: readonly Block[];
  readonly #pushed: Tensor;
  readonly #weighted: Tensor;
  readonly #scope = new Scope();

  /** Takes ownership of `owned`, which the metric reads. */
  constructor(
    lin: Linearization,
    metric: OutputMetric,
    blocks: readonly Block[],
    isPositiveSemidefinite: boolean,
    owned: readonly Tensor[] = [],
  ) {
    const { output: { dtype, shape } } = lin;
    super({ size: lin.parameterCount, dtype, isSymmetric: true, isPositiveSemidefinite });
    this.#lin = lin;
    this.#metric = metric;
    this.#blocks = blocks;
    for (const tensor of owned) this.#scope.own(tensor);
    try {
      this.#pushed = this.#scope.own(new Tensor(dtype, shape));
      this.#weighted = this.#scope.own(new Tensor(dtype, shape));
    } catch (error) {
      this.#scope.dispose();
      throw error;
    }
  }

  protected override multiply(v: Tensor, out: Tensor): void {
    for (const block of this.#blocks) {
      this.#lin.jvp(v, this.#pushed, block);
      this.#metric(this.#pushed, this.#weighted);
      this.#lin.vjp(this.#weighted, out, block);
    }
    scale(1 / this.#lin.batchSize, out);
  }

  /** Gives the buffers back; a second call does nothing. */
  override dispose(): void {
    this.#scope.dispose();
    super.dispose();
  }
}

/**
 * The generalized Gauss-Newton matrix of the mean loss, (1/B) Σ_n J_nᵀ H_n J_n, as an operator.
 *
 * H_n is the Hessian of the loss in the outputs, so the operator is positive semidefinite for convex losses.
 * Shapes: vectors have the parameters' elements (P). Cost of a product: four matrix products for each site,
 * where a gradient takes six. It reads the linearization, which must outlive it.
 *
 * @throws {TypeError} when `blocks` is neither a name nor lists of numbers.
 * @throws {RangeError} when a site is in no block or in two.
 *
 * Source: Schraudolph 2002, section 3; blocks: Zhang et al. 2017 (arXiv 1712.07296), abstract.
 *
 * @example
 * ```ts
 * import { dense, gaussNewton, sequential, squaredError, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * using input = tensor([[1], [3]]);
 * using target = tensor([[0], [0]]);
 * using lin = model.linearize(squaredError(), { input, target });
 * using operator = gaussNewton(lin);
 * using matrix = operator.toDense();
 * assertEquals(matrix.toArray(), [[5, 2], [2, 1]]);
 * ```
 */
export function gaussNewton(lin: Linearization, options: BlockOptions = {}): LinearOperator {
  checkLinearization("make a Gauss-Newton matrix", lin);
  checkOptions("make a Gauss-Newton matrix", options, BLOCK_NAMES);
  const blocks = checkBlocks(lin.siteCount, options.blocks);
  return new JacobianSandwich(lin, hessianMetric(lin), blocks, lin.lossFunction.isConvex);
}

// L M R at every site: what methods with one factor for the outputs of W and one for its inputs have in common.
import type { Model } from "../nn/model.ts";
import type { Site } from "../nn/sites/site_layout.ts";
import { gemm } from "../ops/gemm.ts";
import { type Matrix, matrix } from "../ops/matrix.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { OptimizerState } from "./optimizer.ts";
import { siteBySite } from "./preconditioned_step.ts";

/** State of a method with factors on both sides. */
export class TwoSidedState extends OptimizerState {
  /** Working memory (P each). */
  readonly gradient: Tensor;
  readonly direction: Tensor;
  /** Working memory for L M, the largest site. */
  readonly #product: Tensor;

  /** Allocates working memory. */
  constructor(model: Model) {
    super(model);
    const { parameterCount, sites } = model;
    this.gradient = this.workspace([parameterCount]);
    this.direction = this.workspace([parameterCount]);
    this.#product = this.workspace([Math.max(0, ...sites.map(({ weight }) => weight.size))]);
  }

  /**
   * Makes the direction of a vector M (P).
   *
   * @param left Writes L times a block (O, D) of site i.
   * @param right R (D, D) of site i.
   */
  multiply(
    sites: readonly Site[],
    vector: Tensor,
    left: (i: number, block: Matrix, out: Tensor) => Tensor,
    right: (i: number) => Tensor,
  ): Tensor {
    return siteBySite(sites, vector, this.direction, (i, block, direction) => {
      const product = this.#product.view(block.shape);
      left(i, matrix(block), product);
      gemm(matrix(product), matrix(right(i)), direction);
    });
  }
}

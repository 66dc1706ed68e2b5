// L M R at every site: what methods with one factor for the outputs of W and one for its inputs have in common.
import { whyNoFactors } from "../curvature/kronecker_factors.ts";
import type { Model } from "../nn/model.ts";
import type { Site } from "../nn/sites/site_layout.ts";
import { gemm } from "../ops/gemm.ts";
import { type Matrix, matrix } from "../ops/matrix.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Divisor, type Fallback, SplitSites } from "./fallback.ts";
import { OptimizerState } from "./optimizer.ts";

/** How a vector is multiplied at the sites with factors, by their places among them, and at the others. */
export interface TwoSidedProduct {
  /** Writes L times a block (O, D). */
  readonly left: (k: number, block: Matrix, out: Tensor) => Tensor;
  /** R (D, D). */
  readonly right: (k: number) => Tensor;
  /** What is done with curvature at the others. @default there are none */
  readonly others?: Divisor;
}

/** State of a method with factors on both sides. */
export class TwoSidedState extends OptimizerState {
  /** Working memory (P each). */
  readonly gradient: Tensor;
  readonly direction: Tensor;
  /** The sites with factors on both sides, and the others. */
  readonly split: SplitSites;
  /** Working memory for L M, the largest site. */
  readonly #product: Tensor;

  /**
   * Allocates working memory.
   *
   * @param fallback What is done at sites whose curvature has no factors. @default every site has factors
   */
  constructor(model: Model, fallback?: Fallback) {
    super(model);
    const { parameterCount, sites } = model;
    this.gradient = this.workspace([parameterCount]);
    this.direction = this.workspace([parameterCount]);
    const isOwn = fallback === undefined ? () => true : (site: Site) => !whyNoFactors(site);
    this.split = new SplitSites(this, sites, fallback ?? "refuse", isOwn);
    const sizes = this.split.own(sites).map(({ weight }) => weight.size);
    this.#product = this.workspace([Math.max(0, ...sizes)]);
  }

  /** Makes the direction of a vector M (P). */
  multiply(
    vector: Tensor,
    { left, right, others = { damping: 0 } }: TwoSidedProduct,
  ): Tensor {
    return this.split.apply(
      vector,
      this.direction,
      others,
      (k, block, direction) => {
        const product = this.#product.view(block.shape);
        left(k, matrix(block), product);
        gemm(matrix(product), matrix(right(k)), direction);
      },
    );
  }
}

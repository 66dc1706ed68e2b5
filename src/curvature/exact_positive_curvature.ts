// The exact positive-curvature Hessian by blocks of sites, as products alone. For the block of site t:
//
//   up     u_t = V h,   u_{k+1} = W_{k+1} (φ'_k ⊙ u_k)
//   loss   c = Pos(H) u
//   down   c_k = φ'_k ⊙ (W_{k+1}ᵀ c_{k+1}) + pos(φ''_k ⊙ q_k) ⊙ u_k
//
// and the product is the mean over samples of c_t hᵀ. With q_k the gradient in what follows site k.
import { LinearOperator } from "../linalg/operator.ts";
import { checkLinearization, type Linearization } from "../nn/linearization.ts";
import { checkProjection, type Projection } from "../nn/losses/projection.ts";
import { gemm } from "../ops/gemm.ts";
import { matrix } from "../ops/matrix.ts";
import { matvec } from "../ops/matvec.ts";
import { axpy, copy, multiplyInto } from "../ops/vector.ts";
import { withDefaults } from "../runtime/arguments.ts";
import { Scope } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { criterionHessians, outputWidth } from "./criterion_hessian.ts";
import { type ChainSite, denseChain, measureLink, withoutBias } from "./dense_chain.ts";
import type { ProjectionOptions } from "./positive_curvature.ts";
import { projectBends } from "./pre_activation.ts";
import { throughMatrix } from "./statistics/products.ts";
import { inputsOf, rowsOf } from "./statistics/rows.ts";
import { crossProduct } from "./statistics/sums.ts";

const ACTION = "make a positive-curvature Hessian";

const DEFAULTS: Required<ProjectionOptions> = Object.freeze({ projection: "abs" });

/** What one site needs, rows of its outputs (B, O) each. */
interface Stage {
  readonly site: ChainSite;
  readonly slopes: Tensor;
  readonly bends: Tensor;
  readonly tangent: Tensor;
  readonly cotangent: Tensor;
}

class ExactPositiveCurvature extends LinearOperator {
  readonly #lin: Linearization;
  readonly #stages: readonly Stage[];
  readonly #criterion: Tensor | undefined;
  readonly #work: Tensor;
  readonly #pushed: Tensor;
  readonly #weighted: Tensor;
  readonly #scope = new Scope();

  constructor(lin: Linearization, projection: Projection) {
    const { output: { dtype, shape }, lossFunction, batchSize } = lin;
    super({
      size: lin.parameterCount,
      dtype,
      isSymmetric: true,
      isPositiveSemidefinite: projection !== "none",
    });
    this.#lin = lin;
    const make = (size: readonly number[]): Tensor => this.#scope.own(new Tensor(dtype, size));
    try {
      const chain = denseChain(ACTION, lin);
      this.#stages = chain.map((site, i) => {
        const shape = [batchSize, site.weight.shape[0]];
        const [slopes, bends] = [make(shape), make(shape)];
        measureLink(lin, site, chain.at(i + 1), slopes, bends);
        projectBends(projection, bends);
        return { site, slopes, bends, tangent: make(shape), cotangent: make(shape) };
      });
      this.#work = make([Math.max(0, ...this.#stages.map(({ tangent }) => tangent.size))]);
      this.#pushed = make(shape);
      this.#weighted = make(shape);
      const width = outputWidth(lin);
      if (!lossFunction.isConvex && projection !== "none") {
        this.#criterion = make([batchSize, width, width]);
        criterionHessians(lin, projection, this.#criterion);
      }
    } catch (error) {
      this.#scope.dispose();
      throw error;
    }
  }

  /** Gives the buffers back; a second call does nothing. */
  override dispose(): void {
    this.#scope.dispose();
  }

  protected override multiply(v: Tensor, out: Tensor): void {
    for (const [t, { site, cotangent }] of this.#stages.entries()) {
      const { weight: { shape }, offset } = site;
      this.#push(t, v.view(shape, offset));
      this.#metric();
      this.#pull(t);
      const part = out.view(shape, offset);
      const scales = { alpha: 1 / this.#lin.batchSize };
      crossProduct(rowsOf(cotangent), inputsOf(site), part, scales);
    }
  }

  /** Up from site t; the tangent of the output ends in `#pushed`. */
  #push(t: number, direction: Tensor): void {
    const stages = this.#stages;
    throughMatrix(inputsOf(stages[t].site), matrix(direction).T, stages[t].tangent);
    for (let k = t; k < stages.length; k++) {
      const { slopes, tangent } = stages[k], next = stages.at(k + 1);
      const moved = next ? this.#work.view(tangent.shape) : this.#pushed.view(tangent.shape);
      multiplyInto(slopes, tangent, moved);
      if (next) gemm(matrix(moved), withoutBias(next.site).T, next.tangent);
    }
  }

  /** weighted = Pos(H) pushed, sample by sample. */
  #metric(): void {
    const { lossFunction, target, output, batchSize } = this.#lin, criterion = this.#criterion;
    const [from, to] = [this.#pushed, this.#weighted];
    if (!criterion) return lossFunction.hessianProduct(output, target, from, to);
    const width = outputWidth(this.#lin);
    for (let n = 0; n < batchSize; n++) {
      const hessian = matrix(criterion.view([width, width], n * width * width));
      matvec(hessian, from.view([width], n * width), to.view([width], n * width));
    }
  }

  /** Down to site t. */
  #pull(t: number): void {
    const stages = this.#stages;
    for (let k = stages.length - 1; k >= t; k--) {
      const { slopes, bends, tangent, cotangent } = stages[k], next = stages.at(k + 1);
      if (next) gemm(matrix(next.cotangent), withoutBias(next.site), cotangent);
      else copy(this.#weighted, cotangent);
      multiplyInto(slopes, cotangent, cotangent);
      const bent = this.#work.view(tangent.shape);
      multiplyInto(bends, tangent, bent);
      axpy(1, bent, cotangent);
    }
  }
}

/**
 * The exact positive-curvature Hessian of the mean loss by blocks of sites, as an operator: what
 * `positiveCurvatureHessian()` approximates.
 *
 * With `projection: "none"` the diagonal blocks of the Hessian, with "zero" those of the Gauss-Newton matrix.
 * Shapes: vectors have the parameters' elements (P). Cost of a product: for each site a sweep up from it and
 * one down to it. It reads the linearization, which must outlive it.
 *
 * @throws {TypeError} when an option has no meaning, or a site is not dense or is followed by more than
 * functions of single elements.
 * @throws {NonFiniteError} when the loss's Hessian is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * Source: Chen, Chou & Chang 2019 (arXiv 1802.06502); products as in Dangel's account of it.
 *
 * @example
 * ```ts
 * import { dense, sequential, squaredError, tensor } from "curvature";
 * import { exactPositiveCurvature } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * using input = tensor([[1], [3]]);
 * using target = tensor([[0], [0]]);
 * using lin = model.linearize(squaredError(), { input, target });
 * using operator = exactPositiveCurvature(lin, { projection: "clip" });
 * using matrix = operator.toDense();
 * assertEquals(matrix.toArray(), [[5, 2], [2, 1]]);
 * ```
 */
export function exactPositiveCurvature(
  lin: Linearization,
  options: ProjectionOptions = {},
): LinearOperator {
  checkLinearization(ACTION, lin);
  const { projection } = withDefaults(ACTION, options, DEFAULTS);
  checkProjection(ACTION, projection);
  return new ExactPositiveCurvature(lin, projection);
}

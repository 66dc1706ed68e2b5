import { columnOf, fillEvery } from "../ops/strided.ts";
import { kronecker } from "../linalg/operators/kronecker.ts";
import { kroneckerGram } from "../linalg/operators/kronecker_gram.ts";
import { LinearOperator } from "../linalg/operator.ts";
import { checkLinearization, type Linearization } from "../nn/linearization.ts";
import { checkProjection, type Projection } from "../nn/losses/projection.ts";
import { matrix } from "../ops/matrix.ts";
import { fill } from "../ops/vector.ts";
import { checkName, withDefaults } from "../runtime/arguments.ts";
import type { DType } from "../runtime/dtype.ts";
import { Scope } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type ChainSite, denseChain } from "./dense_chain.ts";
import { inputMoment } from "./kronecker_factors.ts";
import { type Expectation, meanPreActivationHessians } from "./pre_activation.ts";
import { inputsOf } from "./statistics/rows.ts";
import { columnMeans } from "./statistics/sums.ts";

const ACTION = "make a positive-curvature Hessian";

/** What becomes of negative curvature. */
export interface ProjectionOptions {
  /** "none" keeps it, "zero" gives the Gauss-Newton matrix, "clip" drops it, "abs" turns it. @default "abs" */
  readonly projection?: Projection;
}

/** How the blocks of `positiveCurvatureHessian()` are approximated. */
export interface PositiveCurvatureOptions extends ProjectionOptions {
  /** φ' φ'ᵀ becomes the product of the means, or the mean of the products. @default "mean" */
  readonly expectation?: Expectation;
  /** The right factor: h̄ h̄ᵀ of the mean input, or E[h hᵀ]. @default "mean" */
  readonly inputs?: Expectation;
  /** Weights and bias of a site apart, or coupled by the input 1 of the bias. @default "separate" */
  readonly bias?: "separate" | "joint";
}

/** The settings with defaults filled in. */
export type PositiveCurvatureSettings = Required<PositiveCurvatureOptions>;

const DEFAULTS: PositiveCurvatureSettings = Object.freeze({
  projection: "abs",
  expectation: "mean",
  inputs: "mean",
  bias: "separate",
});

/** Refuses options of the curvature that have no meaning. */
function checkPositiveCurvature(
  action: string,
  { projection, expectation, inputs, bias }: PositiveCurvatureSettings,
): void {
  checkProjection(action, projection);
  checkName(action, "expectation", expectation, "mean", "second-moment");
  checkName(action, "inputs", inputs, "mean", "second-moment");
  checkName(action, "bias", bias, "separate", "joint");
}

/** The Hessian blocks of all sites, made by `positiveCurvatureHessian()`; owns them. */
export interface PositiveCurvatureHessian extends LinearOperator {
  /** H̄ (O, O), the Hessian in the outputs of each site. */
  readonly hessians: readonly Tensor[];
  /** One Kronecker product (O D, O D) for each site, the Hessian in its matrix W. */
  readonly blocks: readonly LinearOperator[];
}

class SiteBlocks extends LinearOperator implements PositiveCurvatureHessian {
  readonly hessians: readonly Tensor[];
  readonly blocks: readonly LinearOperator[];
  readonly #scope = new Scope();

  constructor(lin: Linearization, settings: PositiveCurvatureSettings) {
    const { dtype } = lin.output;
    super({
      size: lin.parameterCount,
      dtype,
      isSymmetric: true,
      isPositiveSemidefinite: settings.projection !== "none",
    });
    try {
      const { projection, expectation } = settings, sites = denseChain(ACTION, lin);
      this.hessians = sites.map(({ weight: { shape: [n] } }) =>
        this.#scope.own(new Tensor(dtype, [n, n]))
      );
      meanPreActivationHessians(lin, sites, projection, expectation, this.hessians);
      this.blocks = sites.map((site, i) =>
        this.#scope.own(this.#block(site, this.hessians[i], lin.batchSize, settings))
      );
    } catch (error) {
      this.#scope.dispose();
      throw error;
    }
  }

  /** Gives the blocks back; a second call does nothing. */
  override dispose(): void {
    this.#scope.dispose();
  }

  protected override multiply(v: Tensor, out: Tensor): void {
    let offset = 0;
    for (const block of this.blocks) {
      block.apply(v.view([block.size], offset), out.view([block.size], offset));
      offset += block.size;
    }
  }

  #block(
    site: ChainSite,
    hessian: Tensor,
    batchSize: number,
    { inputs: kind, bias, projection }: PositiveCurvatureSettings,
  ): LinearOperator {
    const isApart = site.hasBias && bias === "separate";
    const isPositiveSemidefinite = projection !== "none";
    if (kind === "mean") {
      const rows = this.#scope.own(meanRows(site, isApart, hessian.dtype));
      return kroneckerGram(hessian, matrix(rows), 1, { isPositiveSemidefinite });
    }
    const inputs = inputsOf(site), width = inputs.columns;
    const moment = this.#scope.own(new Tensor(hessian.dtype, [width, width]));
    inputMoment(inputs, batchSize, moment, { fresh: 1, old: 0 });
    if (isApart) uncoupleLast(moment);
    return kronecker(hessian, moment, { isSymmetric: true, isPositiveSemidefinite });
  }
}

/** h̄ with the 1 of the bias behind it, or on a row of its own. */
function meanRows(site: ChainSite, isApart: boolean, dtype: DType): Tensor {
  const inputs = inputsOf(site), width = inputs.columns;
  const rows = fill(new Tensor(dtype, [isApart ? 2 : 1, width]), 0);
  columnMeans(inputs, rows.view([width]));
  if (isApart) {
    rows.data[width - 1] = 0;
    rows.data[2 * width - 1] = 1;
  }
  return rows;
}

/** Sets the last row and column to zero but for the diagonal. */
function uncoupleLast(moment: Tensor): void {
  const [n] = moment.shape, count = n - 1;
  fillEvery(moment, columnOf(count, n, count), 0);
  fillEvery(moment, { first: count * n, step: 1, count }, 0);
}

/**
 * The Hessian of the mean loss by blocks of sites, made positive semidefinite where it is not, as Kronecker
 * products: EA-CG's curvature.
 *
 * A site's block is H̄ ⊗ h̄ h̄ᵀ, or H̄ ⊗ E[h hᵀ] with `inputs: "second-moment"`. H̄ is the Hessian in the site's
 * outputs, from a recursion that starts at the loss and takes means at every layer. It is exact for a batch of
 * one sample, and with second moments for linear networks. With `projection: "zero"` it is an approximation of
 * the Gauss-Newton matrix, "clip" and "abs" are above that in the order of symmetric matrices.
 *
 * Shapes: vectors have the parameters' elements (P). Cost: two matrix products for each site but the first,
 * whatever the batch size, and a half of one over the batch. Memory: O² + 2D, or O² + D² for each site.
 * Where the loss has no closed form for its projected Hessian, K² elements for each sample besides.
 *
 * @throws {TypeError} when an option has no meaning, or a site is not dense or is followed by more than
 * functions of single elements.
 * @throws {NonFiniteError} when the loss's Hessian is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * Source: Chen, Chou & Chang 2019 (arXiv 1802.06502); formulas after Dangel's account of its second version,
 * second moments in the recursion after Botev, Ritter & Barber 2017; the joint bias is ours.
 *
 * @example
 * ```ts
 * import { dense, positiveCurvatureHessian, sequential, squaredError, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * using input = tensor([[1], [3]]);
 * using target = tensor([[0], [0]]);
 * using lin = model.linearize(squaredError(), { input, target });
 * using curvature = positiveCurvatureHessian(lin, { inputs: "second-moment", bias: "joint" });
 * using exact = curvature.toDense();
 * assertEquals(exact.toArray(), [[5, 2], [2, 1]]);
 * ```
 */
export function positiveCurvatureHessian(
  lin: Linearization,
  options: PositiveCurvatureOptions = {},
): PositiveCurvatureHessian {
  checkLinearization(ACTION, lin);
  const settings = withDefaults(ACTION, options, DEFAULTS);
  checkPositiveCurvature(ACTION, settings);
  return new SiteBlocks(lin, settings);
}

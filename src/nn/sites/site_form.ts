// The ways in which parameters W are applied to rows, what each makes of the cotangents of its results, and
// what may be taken for granted of it.
import { gemm, type ProductScales } from "../../ops/gemm.ts";
import { leadingColumns, type Matrix, matrix } from "../../ops/matrix.ts";
import { pullLookup } from "../../ops/lookup.ts";
import { pullScale } from "../../ops/normalization.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/**
 * How a site, or one use of it, applies its W to the rows of A.
 *
 * "affine": Z = A Wᵀ, as dense layers and convolutions do. "transposed": Z = A W, in a layer that is tied to
 * another site. "scale": row i of W, [γ | β] or [γ], acts on feature i alone, z_i = γ a_i + β. "lookup": z = row i of
 * W, A (B T, 1) the indices i. "free": in a way of its own; A is a column of ones, and G are the gradients of each sample's loss with respect to W itself.
 */
export interface SiteForm {
  /** What people call it. */
  readonly name: string;
  /** True where one row g of G and the row a of A give W the gradient g aᵀ. */
  readonly isOuterProduct: boolean;
  /** Why a curvature block has no Kronecker factors of A and G, after "site … "; undefined where it has them. */
  readonly lacksFactors: string | undefined;
  /** Rows of W that count as constants in what the form does. @default none */
  readonly fixedRows?: readonly number[];
  /**
   * out = alpha times the pull of cotangents G of Z back to W, + beta out.
   *
   * Columns of W that A does not feed are left alone: those of a bias where A has no ones.
   */
  pull(cotangents: Matrix, inputs: Matrix, out: Tensor, scales: ProductScales): void;
}

/** out = alpha leftᵀ right + beta out, in the columns that `right` has. */
function pullProduct(left: Matrix, right: Matrix, out: Tensor, scales: ProductScales): void {
  gemm(left.T, right, leadingColumns(matrix(out), right.columns), scales);
}

/** Z = A Wᵀ. */
export const AFFINE: SiteForm = Object.freeze({
  name: "affine",
  isOuterProduct: true,
  lacksFactors: undefined,
  pull: pullProduct,
});

/** Z = A W, the use of a site by a layer that is tied to it. */
export const TRANSPOSED: SiteForm = Object.freeze<SiteForm>({
  name: "transposed",
  isOuterProduct: false,
  lacksFactors: "is applied transposed",
  pull: (cotangents, inputs, out, scales) => pullProduct(inputs, cotangents, out, scales),
});

/** z_i = γ_i a_i + β_i, or z_i = γ_i a_i. */
export const SCALE: SiteForm = Object.freeze({
  name: "scale",
  isOuterProduct: false,
  lacksFactors: "scales each feature by itself, so its curvature is no Kronecker product",
  pull: pullScale,
});

/** z = row i of W; the row of index `fixed` takes no gradient. */
export function lookupForm(fixed?: number): SiteForm {
  return Object.freeze<SiteForm>({
    name: "lookup",
    isOuterProduct: false,
    fixedRows: fixed === undefined ? [] : [fixed],
    lacksFactors: "looks its rows up by indices, which are no inputs of a matrix",
    pull: (cotangents, inputs, out, scales) => pullLookup(cotangents, inputs, out, scales, fixed),
  });
}

/** A way of the layer's own. */
export const FREE: SiteForm = Object.freeze<SiteForm>({
  name: "free",
  isOuterProduct: false,
  lacksFactors: "is a layer's own, of which no inputs and outputs are known",
  pull: (cotangents, inputs, out, scales) =>
    void gemm(cotangents.T, inputs, matrix(out.view([out.size, 1])), scales),
});

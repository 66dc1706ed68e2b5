// The ways in which parameters W are applied to rows, and what each makes of the cotangents of its results.
import { gemm, type ProductScales } from "../../ops/gemm.ts";
import { leadingColumns, type Matrix, matrix } from "../../ops/matrix.ts";
import { pullScale } from "../../ops/layer_norm.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/**
 * How a site applies its W to the rows of A.
 *
 * "affine": Z = A Wᵀ, as dense layers and convolutions do. "scale": row i of W, [γ | β], acts on feature i alone,
 * z_i = γ a_i + β. "free": in a way of its own; A is a column of ones, and G are the gradients of each sample's
 * loss with respect to W itself.
 */
export type SiteForm = "affine" | "scale" | "free";

/** The form of one use of W; a layer that is tied to another site may apply its transpose, Z = A W. */
export type UseForm = SiteForm | "transposed";

/**
 * out = alpha times the pull of cotangents G of Z back to W, + beta out.
 *
 * Columns of W that A does not feed are left alone: those of a bias where A has no ones.
 */
export function pullToWeight(
  form: UseForm,
  cotangents: Matrix,
  inputs: Matrix,
  out: Tensor,
  scales: ProductScales,
): void {
  if (form === "scale") return pullScale(cotangents, inputs, out, scales);
  if (form === "free") {
    gemm(cotangents.T, inputs, matrix(out.view([out.size, 1])), scales);
    return;
  }
  const [left, right] = form === "transposed" ? [inputs, cotangents] : [cotangents, inputs];
  gemm(left.T, right, leadingColumns(matrix(out), right.columns), scales);
}

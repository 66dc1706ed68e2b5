// D = (H̄ + √γ/π I)^-1 G (A + π√γ I)^-1 / (1 - α) of one site, in one of two ways. With fewer samples than inputs
// A = (1/B) XᵀX has a small rank, and since G = (1/B) ΔᵀX is made of the same rows X,
//
//   G (A + δ I)^-1 = (1/B) Δᵀ (K + δ I)^-1 X,    K = (1/B) X Xᵀ   (B, B)
//
// needs no matrix of inputs. Otherwise, and where G has a term of the L2 regularization too, A itself is factored.
import type { ChainSite } from "../../curvature/dense_chain.ts";
import { inputMoment } from "../../curvature/kronecker_factors.ts";
import { copied, sampleProducts } from "../../curvature/statistics/products.ts";
import { gradientsOf, inputsOf, rowsOf } from "../../curvature/statistics/rows.ts";
import { crossProduct } from "../../curvature/statistics/sums.ts";
import { DampedFactor } from "../../linalg/damped_factor.ts";
import { meanDiagonal } from "../../linalg/trace.ts";
import { leadingColumns, matrix } from "../../ops/matrix.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { kernels } from "../../runtime/instance.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { refuseZero } from "../ea_cg/curvature.ts";
import type { KfiSettings } from "./settings.ts";
import type { KfiState } from "./state.ts";

/** What the systems of all sites have in common in one step. */
export interface KfiValues {
  readonly alpha: number;
  readonly l2: number;
  readonly batchSize: number;
}

/** Replaces G (O, D) of a site by D; a bias on its own has the system ((1 - α) H̄ + α I) d = g. */
export function precondition(
  state: KfiState,
  site: ChainSite,
  hessian: Tensor,
  block: Tensor,
  { alpha, l2, batchSize }: KfiValues,
  settings: KfiSettings,
): void {
  const { name, hasBias } = site, { dtype } = block, [n, d] = block.shape;
  const gamma = alpha / (1 - alpha), root = Math.sqrt(gamma);
  const isApart = hasBias && settings.bias === "separate";
  const rows = inputsOf(site, !isApart), width = rows.columns;
  const isBySamples = l2 === 0 && batchSize < width;
  const size = isBySamples ? batchSize : width;
  using moment = new Tensor(dtype, [size, size]);
  if (isBySamples) sampleProducts(rows, moment, 1 / batchSize);
  else inputMoment(rows, batchSize, moment, { fresh: 1, old: 0 });
  const inputSize = meanDiagonal(moment) * size / width;
  refuseZero(inputSize, `the input factor of site "${name}"`, settings);
  const pi = ratio(inputSize, meanDiagonal(hessian));
  const output = state.outputFactor.view([n, n]);
  const left = new DampedFactor(output, n), right = new DampedFactor(moment, size);
  const factor = (into: DampedFactor, of: Tensor, damping: number, part: string): void => {
    if (into.factor(of, damping) < 0) return; // only what is not finite has no factor
    throw new NonFiniteError("take a step", `site "${name}", ${part}`, state.step);
  };
  if (isApart) {
    factor(left, hessian, gamma, "curvature");
    left.solve(block.view([block.size - width], width), 1, d);
  }
  factor(left, hessian, root / pi, "curvature");
  factor(right, moment, pi * root, "factor A");
  if (isBySamples) {
    using cotangents = copied(gradientsOf(site));
    right.solve(cotangents, n);
    left.solveRight(cotangents, batchSize, n);
    const weights = leadingColumns(matrix(block), width);
    crossProduct(rowsOf(cotangents), rows, weights, { alpha: 1 / batchSize });
  } else {
    left.solve(block, width, d);
    right.solveRight(block, n, d);
  }
  kernels(dtype).scal(block.size, 1 / (1 - alpha), block.pointer);
}

/** π; 1 where a factor vanishes, as at dead layers. */
function ratio(inputSize: number, outputSize: number): number {
  return inputSize > 0 && outputSize > 0 ? Math.sqrt(inputSize / outputSize) : 1;
}

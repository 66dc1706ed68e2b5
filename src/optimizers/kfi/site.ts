// D = (H̄ + √γ/π I)^-1 G (A + π√γ I)^-1 / (1 - α) of one site, in one of two ways. With fewer samples than inputs
// A = (1/B) XᵀX has a small rank, and since G = (1/B) ΔᵀX is made of the same rows X,
//
//   G (A + δ I)^-1 = (1/B) Δᵀ (K + δ I)^-1 X,    K = (1/B) X Xᵀ   (B, B)
//
// needs no matrix of inputs. Otherwise, and where G has a term of the L2 regularization too, A itself is factored.
import type { ChainSite } from "../../curvature/dense_chain.ts";
import { inputMoment } from "../../curvature/kronecker_factors.ts";
import { gemm, gram } from "../../ops/gemm.ts";
import { leadingColumns, Matrix, matrix } from "../../ops/matrix.ts";
import { copy } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { instance, kernels } from "../../runtime/instance.ts";
import { workspace } from "../../runtime/memory.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { meanDiagonal, refuseZero } from "../ea_cg/curvature.ts";
import type { KfiSettings } from "./settings.ts";
import type { KfiState } from "./state.ts";

const TRANSPOSED = 1, RIGHT = 2;

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
  const { name, inputs, hasBias } = site, { dtype } = block, [n, d] = block.shape;
  const gamma = alpha / (1 - alpha), root = Math.sqrt(gamma);
  const isApart = hasBias && settings.bias === "separate";
  const rows = isApart ? withoutOnes(inputs) : inputs, width = rows.columns;
  const isBySamples = l2 === 0 && batchSize < width;
  const size = isBySamples ? batchSize : width;
  using moment = new Tensor(dtype, [size, size]);
  if (isBySamples) sampleProducts(rows, batchSize, moment);
  else inputMoment(rows, batchSize, moment, { fresh: 1, old: 0 });
  const inputSize = meanDiagonal(moment) * size / width;
  refuseZero(inputSize, `the input factor of site "${name}"`, settings);
  const pi = ratio(inputSize, meanDiagonal(hessian));
  const output = state.outputFactor.view([n, n]);
  const factorOutput = (damping: number): void => {
    copy(hessian, output);
    factor(output, damping, `site "${name}", curvature`, state.step);
  };
  if (isApart) {
    factorOutput(gamma);
    solveLeft(output, block.view([block.size - width], width), 1, d);
  }
  factorOutput(root / pi);
  factor(moment, pi * root, `site "${name}", factor A`, state.step);
  if (isBySamples) {
    using cotangents = new Tensor(dtype, [batchSize, n]);
    copy(site.outputGradients, cotangents);
    solveLeft(moment, cotangents, n, n);
    solveRight(output, cotangents, batchSize, n);
    const weights = leadingColumns(matrix(block), width);
    gemm(matrix(cotangents).T, rows, weights, { alpha: 1 / batchSize });
  } else {
    solveLeft(output, block, width, d);
    solveRight(moment, block, n, d);
  }
  kernels(dtype).scal(block.size, 1 / (1 - alpha), block.pointer);
}

function withoutOnes({ tensor, storedRows, heldColumns, stride }: Matrix): Matrix {
  return new Matrix(tensor, storedRows, heldColumns, stride);
}

/** (1/B) X Xᵀ, the ones of a bias included. */
function sampleProducts(rows: Matrix, batchSize: number, out: Tensor): void {
  gram(withoutOnes(rows).T, out, { alpha: 1 / batchSize });
  if (rows.hasOnes) out.data.forEach((value, i, all) => all[i] = value + 1 / batchSize);
}

/** π; 1 where a factor vanishes, as at dead layers. */
function ratio(inputSize: number, outputSize: number): number {
  return inputSize > 0 && outputSize > 0 ? Math.sqrt(inputSize / outputSize) : 1;
}

/** The Cholesky factor of a + damping I in its lower triangle; only what is not finite has none. */
function factor(a: Tensor, damping: number, where: string, step: number): void {
  const [n] = a.shape, { data } = a;
  for (let i = 0; i < n; i++) data[i * (n + 1)] += damping;
  const work = workspace(instance().exports.potrf_work_bytes());
  if (kernels(a.dtype).potrf(n, a.pointer, n, work) > 0) {
    throw new NonFiniteError("take a step", where, step);
  }
}

/** x := a^-1 x from a's factor; `columns` of rows that begin `stride` apart. */
function solveLeft(
  { dtype, shape: [n], pointer }: Tensor,
  x: Tensor,
  columns: number,
  stride: number,
): void {
  const work = workspace(instance().exports.potrf_work_bytes());
  kernels(dtype).potrs(n, columns, pointer, n, x.pointer, stride, work);
}

/** x := x a^-1 from a's factor, for rows that begin `stride` apart. */
function solveRight(
  { dtype, shape: [n], pointer }: Tensor,
  x: Tensor,
  rows: number,
  stride: number,
): void {
  const { trsm } = kernels(dtype), work = workspace(instance().exports.gemm_work_bytes());
  trsm(RIGHT | TRANSPOSED, rows, n, 1, pointer, n, x.pointer, stride, work);
  trsm(RIGHT, rows, n, 1, pointer, n, x.pointer, stride, work);
}

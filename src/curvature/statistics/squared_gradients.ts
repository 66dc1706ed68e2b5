// The diagonal of the empirical Fisher matrix: the mean over samples of g ⊙ g.
//
//   one row each:  G_n is g_n a_nᵀ, so Σ_n (g_n a_nᵀ)² = (G ⊙ G)ᵀ (A ⊙ A), one product
//   more of them:  each sample's gradient Σ_t g_t a_tᵀ is formed, then squared
//   tied layers:   the same over all parameters at once
import { checkIndependent } from "../../nn/derivative_arguments.ts";
import type { AffineSite, Linearization } from "../../nn/linearization.ts";
import { gemm } from "../../ops/gemm.ts";
import { homogeneous, type Matrix, matrix, rowsBetween } from "../../ops/matrix.ts";
import { axpby, fill } from "../../ops/vector.ts";
import { kernels } from "../../runtime/instance.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Blend } from "../kronecker_factors.ts";
import { outputGradient } from "../output_metric.ts";
import { hasOneRowEach } from "./rows.ts";

/**
 * out (P) = (1/B) Σ_n g_n ⊙ g_n, g_n the gradient of sample n's own loss.
 *
 * Source: Martens 2010, section 4.7.
 */
export function squaredGradients(lin: Linearization, out: Tensor): Tensor {
  checkIndependent("square the gradients of samples", lin);
  const { sites } = lin;
  if (areTied(sites)) return squareLossSums(lin, out);
  return squareSites(sites, lin.batchSize, out);
}

/** out (P) = (1/B) Σ_n (J_nᵀ u_n) ⊙ (J_nᵀ u_n), u (B, …) cotangents of the outputs, by one reverse sweep. */
export function squaredPulls(lin: Linearization, u: Tensor, out: Tensor): Tensor {
  checkIndependent("square the pulls of samples", lin);
  const { sites } = lin;
  if (areTied(sites)) return squareSums(lin, u, out);
  const cotangents = lin.siteCotangents(u);
  const pulled = sites.map((site, i) => ({ ...site, outputGradients: cotangents[i] }));
  return squareSites(pulled, lin.batchSize, out);
}

function areTied(sites: readonly AffineSite[]): boolean {
  return sites.some(({ uses }) => uses > 1);
}

function squareSites(sites: readonly AffineSite[], batchSize: number, out: Tensor): Tensor {
  for (const site of sites) {
    const part = out.view(site.weight.shape, site.offset);
    if (hasOneRowEach(site, batchSize) && areContiguous(site.inputs)) {
      squareByRows(site, batchSize, part);
    } else squareBySamples(site, batchSize, part);
  }
  return out;
}

/** The same of single sites: outs, by their numbers, become fresh (1/B) Σ_n g_n ⊙ g_n + old outs, (O, D) each. */
export function siteSquaredGradients(
  lin: Linearization,
  outs: ReadonlyMap<number, Tensor>,
  { fresh, old }: Blend,
): void {
  const { sites, parameterCount, batchSize, output: { dtype } } = lin;
  const areShared = [...outs.keys()].some((i) => sites[i].uses > 1);
  using squares = new Tensor(dtype, [areShared ? parameterCount : largestOf(outs)]);
  if (areShared) squareLossSums(lin, squares);
  for (const [i, out] of outs) {
    const part = squares.view(out.shape, areShared ? sites[i].offset : 0);
    if (!areShared) squareBySamples(sites[i], batchSize, part);
    axpby(fresh, part, old, out);
  }
}

function largestOf(outs: ReadonlyMap<number, Tensor>): number {
  return Math.max(0, ...[...outs.values()].map(({ size }) => size));
}

function squareLossSums(lin: Linearization, out: Tensor): Tensor {
  using start = outputGradient(lin);
  return squareSums(lin, start, out);
}

/** Where layers are tied, what a sample pulls back is a sum over uses and is squared as a whole. */
function squareSums(lin: Linearization, start: Tensor, out: Tensor): Tensor {
  const { dtype, size, pointer } = out;
  const { multiply_add } = kernels(dtype);
  using gradient = new Tensor(dtype, [size]);
  const rows = lin.vjpRows(start);
  fill(out, 0);
  for (let n = 0; n < lin.batchSize; n++) {
    rows({ first: n, count: 1 }, gradient, { offset: 0, stride: size });
    multiply_add(size, 1 / lin.batchSize, gradient.pointer, gradient.pointer, pointer);
  }
  return out;
}

/** True for rows that lie in memory one after the other. */
function areContiguous({ patches, stride, heldColumns }: Matrix): boolean {
  return !patches && stride === heldColumns;
}

function squareByRows(
  { inputs, outputGradients }: AffineSite,
  batchSize: number,
  out: Tensor,
): void {
  const { dtype } = out;
  const { square } = kernels(dtype);
  using a = new Tensor(dtype, [inputs.rows, inputs.heldColumns]);
  using g = new Tensor(dtype, outputGradients.shape);
  square(a.size, inputs.tensor.pointer, a.pointer);
  square(g.size, outputGradients.pointer, g.pointer);
  const rows = inputs.hasOnes ? homogeneous(a) : matrix(a);
  gemm(matrix(g).T, rows, out, { alpha: 1 / batchSize });
}

function squareBySamples(
  { form, inputs, outputGradients, firstRow }: AffineSite,
  batchSize: number,
  out: Tensor,
): void {
  const { multiply_add } = kernels(out.dtype);
  const gradients = matrix(outputGradients);
  using gradient = fill(new Tensor(out.dtype, out.shape), 0);
  fill(out, 0);
  for (let n = 0; n < batchSize; n++) {
    const [first, end] = [firstRow(n), firstRow(n + 1)];
    const [g, a] = [gradients, inputs].map((rows) => rowsBetween(rows, first, end));
    form.pull(g, a, gradient, { alpha: 1, beta: 0 });
    const { size, pointer } = gradient;
    multiply_add(size, 1 / batchSize, pointer, pointer, out.pointer);
  }
}

// The Hessian of the loss in a site's outputs z, from the top of the network down:
//
//   H_L = Pos(∂²ξ/∂z_L²)                                          (R1, P1)
//   H_t = diag(φ') Wᵀ H_{t+1} W diag(φ') + diag(pos(φ'' ⊙ q))      (R2, P2)   q = Wᵀ g_{t+1}
//
// per sample, or with each part replaced by its mean over the batch (expectation approximation):
//
//   "mean"            φ' φ'ᵀ becomes E[φ'] E[φ']ᵀ     (EA2)
//   "second-moment"   φ' φ'ᵀ becomes E[φ' φ'ᵀ]        (EA2', as KFRA has it)
//
// and φ'' ⊙ q its mean, which is projected afterwards.
//
// Source: Chen, Chou & Chang 2019 (arXiv 1802.06502) after Dangel's account of its second version; the
// second moment is that of Botev, Ritter & Barber 2017.
import type { Linearization } from "../nn/linearization.ts";
import type { Projection } from "../nn/losses/projection.ts";
import { gemm } from "../ops/gemm.ts";
import { leadingColumns, Matrix, matrix } from "../ops/matrix.ts";
import { copy, fill } from "../ops/vector.ts";
import { kernels } from "../runtime/instance.ts";
import { Scope } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { criterionHessians, meanCriterionHessian, outputWidth } from "./criterion_hessian.ts";
import { type ChainSite, measureLink, withoutBias } from "./dense_chain.ts";
import { rowsOf } from "./statistics/rows.ts";
import { columnMeans, gram } from "./statistics/sums.ts";

/** How a mean of products becomes a product of means. */
export type Expectation = "mean" | "second-moment";

/** Projects what the activations bend, in place. */
export function projectBends(projection: Projection, bends: Tensor): void {
  const { dtype, size, pointer } = bends;
  if (projection === "zero") fill(bends, 0);
  else if (projection === "abs") kernels(dtype).abs(size, pointer, pointer);
  else if (projection === "clip") kernels(dtype).positive_part(size, pointer, pointer);
}

/** out = diag(f) Wᵀ H W diag(f) + diag(d), exactly symmetric; W the identity where there is none. */
function pullDown(
  upper: Tensor,
  weight: Matrix | undefined,
  f: Tensor,
  d: Tensor,
  product: Tensor,
  out: Tensor,
): void {
  sandwich(upper, weight, product, out);
  kernels(out.dtype).scale_symmetric(f.size, f.pointer, d.pointer, out.pointer, f.size);
}

/** Wide products are made by so many panels of rows, each only up to the diagonal: 5/8 of the work. */
const PANELS = 4;
const WIDE = 256;

/** The lower triangle of Wᵀ H W, and some of the upper one. */
function sandwich(upper: Tensor, weight: Matrix | undefined, product: Tensor, out: Tensor): void {
  if (!weight) return void copy(upper, out);
  const { rows: m, columns: n, stride, tensor } = weight;
  const half = product.view([m, n]);
  gemm(matrix(upper), weight, half);
  const panels = n < WIDE ? 1 : PANELS;
  for (let panel = 0; panel < panels; panel++) {
    const [from, to] = [panel, panel + 1].map((p) => Math.floor(n * p / panels));
    const columns = new Matrix(tensor.view([tensor.size - from], from), m, to - from, stride);
    const rows = new Matrix(out.view([n * (n - from)], n * from), to - from, to, n);
    gemm(columns.T, leadingColumns(matrix(half), to), rows);
  }
}

/** Elements of the largest product H W. */
function largestProduct(sites: readonly ChainSite[]): number {
  return Math.max(0, ...sites.slice(1).map(({ weight }) => weight.size));
}

/** Elements of the widest site. */
function widest(sites: readonly ChainSite[]): number {
  return Math.max(0, ...sites.map(({ weight: { shape: [n] } }) => n));
}

/** Writes the expectation approximation of every H_t; hessians (O, O), one for each site. */
export function meanPreActivationHessians(
  lin: Linearization,
  sites: readonly ChainSite[],
  projection: Projection,
  expectation: Expectation,
  hessians: readonly Tensor[],
): void {
  if (sites.length === 0) return;
  const { dtype } = lin.output, { batchSize } = lin, width = widest(sites);
  using scope = new Scope();
  const vector = (size: number): Tensor => scope.own(new Tensor(dtype, [size]));
  const rows = [vector(batchSize * width), vector(batchSize * width)];
  const [f, d] = [vector(width), vector(width)], product = vector(largestProduct(sites));
  const moment = vector(expectation === "mean" ? 0 : width * width);
  for (let i = sites.length - 1; i >= 0; i--) {
    const site = sites[i], next = sites.at(i + 1), n = site.weight.shape[0];
    if (!next && site.link.length === 0) {
      meanCriterionHessian(lin, projection, hessians[i]);
      continue;
    }
    const [slopes, bends] = rows.map((t) => t.view([batchSize, n]));
    const [meanSlope, meanBend] = [f.view([n]), fill(d.view([n]), 0)];
    const bent = projection === "zero" ? undefined : bends;
    measureLink(lin, site, next, slopes, bent);
    if (bent) columnMeans(rowsOf(bent), meanBend);
    projectBends(projection, meanBend);
    using output = next ? undefined : new Tensor(dtype, [n, n]);
    if (output) meanCriterionHessian(lin, projection, output);
    const upper = output ?? hessians[i + 1], weight = next && withoutBias(next);
    if (expectation === "mean") {
      columnMeans(rowsOf(slopes), meanSlope);
      pullDown(upper, weight, meanSlope, meanBend, product, hessians[i]);
    } else {
      const outer = gram(rowsOf(slopes), moment.view([n, n]), { alpha: 1 / batchSize });
      sandwich(upper, weight, product, hessians[i]);
      const { multiply, scale_symmetric } = kernels(dtype), { pointer } = hessians[i];
      multiply(n * n, outer.pointer, pointer, pointer);
      scale_symmetric(n, fill(meanSlope, 1).pointer, meanBend.pointer, pointer, n);
    }
  }
}

/** Writes H_t of every sample; hessians (B, O, O), one for each site. */
export function samplePreActivationHessians(
  lin: Linearization,
  sites: readonly ChainSite[],
  projection: Projection,
  hessians: readonly Tensor[],
): void {
  if (sites.length === 0) return;
  const { dtype } = lin.output, { batchSize } = lin, width = outputWidth(lin);
  using scope = new Scope();
  const product = scope.own(new Tensor(dtype, [largestProduct(sites)]));
  for (let i = sites.length - 1; i >= 0; i--) {
    const site = sites[i], next = sites.at(i + 1), n = site.weight.shape[0];
    if (!next && site.link.length === 0) {
      criterionHessians(lin, projection, hessians[i]);
      continue;
    }
    using slopes = new Tensor(dtype, [batchSize, n]);
    using bends = new Tensor(dtype, [batchSize, n]);
    measureLink(lin, site, next, slopes, bends);
    projectBends(projection, bends);
    using outputs = next ? undefined : new Tensor(dtype, [batchSize, width, width]);
    if (outputs) criterionHessians(lin, projection, outputs);
    const all = outputs ?? hessians[i + 1], m = all.shape[1];
    for (let sample = 0; sample < batchSize; sample++) {
      const upper = all.view([m, m], sample * m * m);
      const [f, d] = [slopes, bends].map((t) => t.view([n], sample * n));
      const out = hessians[i].view([n, n], sample * n * n);
      pullDown(upper, next && withoutBias(next), f, d, product, out);
    }
  }
}

// The Gauss-Newton matrix node by node: no factor of the number of outputs.
//
//   G[(s; j, i), (t; l, k)] = (1/B) Σ_p a_s(p, i) a_t(p, k) M_st(p; j, l),    M = Σ_c D(c, j) D(c, l)
//
// All weights into a node j share its derivatives, so the rows of j are one product a_sᵀ R over samples, where
// R(p) = M(p; j, l) a_t(p) is made while it is packed. Flops: B P², beside 2 K B N²/2 for M of N nodes, where
// Jacobian and syrk need K B P². Pairs of nodes with M = 0 for all samples of a tile are left out: with a loss that is a
// sum over outputs, all pairs of different outputs of a last linear layer.
//
// Source: the identity is that of Fairbank & Alonso 2012 (one backpropagation serves every weight into a node);
// the order of the sums, over samples inside one matrix product, is ours.
import { addFacesProduct, isZeroRow, nodeProducts, type Span } from "../../ops/face_splitting.ts";
import { fill } from "../../ops/vector.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { NodeDerivatives, NodeSite } from "./node_derivatives.ts";

/** Samples in one tile: one block of k of the matrix product. */
const TILE = 256;

/** Lower triangle of out (P, P) = (1/B) Σ_p …; what lies above the diagonal blocks' nodes is not defined. */
export function assembleNodewise(derivatives: NodeDerivatives, out: Tensor): void {
  const { sites, right } = derivatives;
  const [, nodes, samples] = right.shape;
  using scales = new Tensor("float64", [nodes, Math.min(TILE, samples)]);
  fill(out, 0);
  for (let first = 0; first < samples; first += TILE) {
    const span = { first, count: Math.min(TILE, samples - first) };
    for (const site of sites) {
      for (let j = 0; j < site.nodes; j++) addRows(derivatives, site, j, span, scales, out);
    }
  }
}

/** Adds the rows of node j of a site, up to its own columns. */
function addRows(
  { sites, left, right }: NodeDerivatives,
  site: NodeSite,
  j: number,
  span: Span,
  scales: Tensor,
  out: Tensor,
): void {
  const [, , samples] = right.shape;
  const [stride] = out.shape;
  const node = site.firstNode + j;
  nodeProducts(left, right, node, node + 1, span, scales);
  const row = (site.offset + j * site.inputs.columns) * stride;
  for (const { inputs, offset, nodes, firstNode } of sites) {
    const count = Math.min(nodes, node + 1 - firstNode);
    if (count <= 0) break;
    for (const [from, to] of nonzeroRuns(scales, firstNode, firstNode + count, span.count)) {
      const place = { offset: row + offset + (from - firstNode) * inputs.columns, stride };
      const faces = { b: inputs, scales, node: from, nodes: to - from };
      addFacesProduct(1 / samples, site.inputs, faces, span, out, place);
    }
  }
}

/** Ranges of rows that are not all zero. */
function nonzeroRuns(
  scales: Tensor,
  first: number,
  end: number,
  count: number,
): [from: number, to: number][] {
  const runs: [number, number][] = [];
  let from = -1;
  for (let l = first; l < end; l++) {
    const isZero = isZeroRow(scales, l, count);
    if (isZero && from >= 0) runs.push([from, l]);
    if (isZero) from = -1;
    else if (from < 0) from = l;
  }
  if (from >= 0) runs.push([from, end]);
  return runs;
}

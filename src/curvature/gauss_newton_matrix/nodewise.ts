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
import type { Linearization } from "../../nn/linearization.ts";
import {
  isZeroRow,
  type NodePairs,
  nodeProducts,
  PRODUCT_ROWS,
  type Span,
} from "../../ops/face_splitting.ts";
import { fill } from "../../ops/vector.ts";
import { Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { addWeightedProducts } from "../statistics/sums.ts";
import { type NodeDerivatives, nodeDerivatives, type NodeSite } from "./node_derivatives.ts";
import type { SampleWeights } from "./seeds.ts";

/** Samples in one tile: one block of k of the matrix product. */
const TILE = 504;

/** Samples whose derivatives lie together: those of five nodes stay in the first-level cache. */
const DERIVATIVE_TILE = 36;

/** Lower triangle of out (P, P) = (1/B) Σ_p …; what lies above the diagonal blocks' nodes is not defined. */
export function assembleNodewise(
  lin: Linearization,
  weights: SampleWeights,
  out: Tensor,
): void {
  using scope = new Scope();
  const derivatives = nodeDerivatives(lin, weights, scope, DERIVATIVE_TILE);
  const { sites, right } = derivatives, { batchSize } = lin, [, nodes] = right.shape;
  const space = scope.own(
    new Tensor("float64", [PRODUCT_ROWS * nodes * Math.min(TILE, batchSize)]),
  );
  fill(out, 0);
  for (let first = 0; first < batchSize; first += TILE) {
    const span = { first, count: Math.min(TILE, batchSize - first) };
    const scales = space.view([PRODUCT_ROWS, nodes, span.count]);
    for (const site of sites) {
      const { firstNode } = site, end = firstNode + site.nodes;
      for (let node = firstNode; node < end; node += PRODUCT_ROWS) {
        const rows = Math.min(PRODUCT_ROWS, end - node);
        multiply(derivatives, { first: node, rows, end: node + rows }, span, scales);
        for (let row = 0; row < rows; row++) {
          const place = { node: node + row, plane: row * nodes };
          addRows(sites, site, place, span, batchSize, scales, out);
        }
      }
    }
  }
}

/** The products M of some pairs of nodes for all samples of a span. */
function multiply(
  { left, right }: NodeDerivatives,
  pairs: NodePairs,
  { first, count }: Span,
  out: Tensor,
): void {
  const [, ...shape] = right.shape, size = right.size / right.shape[0];
  for (let at = 0; at < count; at += DERIVATIVE_TILE) {
    const start = (first + at) / DERIVATIVE_TILE * size;
    const part = { first: at, count: Math.min(DERIVATIVE_TILE, count - at) };
    nodeProducts(left.view(shape, start), right.view(shape, start), pairs, part, out);
  }
}

/** A node, and the row of the scales where those of all nodes beside it begin. */
interface Row {
  readonly node: number;
  readonly plane: number;
}

/** Adds the rows of one node of a site, up to its own columns. */
function addRows(
  sites: readonly NodeSite[],
  site: NodeSite,
  { node, plane }: Row,
  span: Span,
  samples: number,
  scales: Tensor,
  out: Tensor,
): void {
  const [stride] = out.shape;
  const row = (site.offset + (node - site.firstNode) * site.rows.columns) * stride;
  for (const { rows, offset, nodes, firstNode } of sites) {
    const count = Math.min(nodes, node + 1 - firstNode);
    if (count <= 0) break;
    const start = plane + firstNode;
    for (const [from, to] of nonzeroRuns(scales, start, start + count, span.count)) {
      const place = { offset: row + offset + (from - start) * rows.columns, stride };
      const weighted = { rows, scales, node: from, nodes: to - from };
      addWeightedProducts(1 / samples, site.rows, weighted, span, out, place);
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

// The derivatives of the outputs in the nodes of a network all of whose sites act once on each sample.
//
//   D(c, j, p) = Σ_k S(k, c) ∂z_k / ∂a_j      S Sᵀ = H, p a sample, j a node: an output of an affine site
//
// K reverse sweeps, whatever the layers between the sites: shortcuts need nothing of their own. Where H has no
// root, as that of a loss that is not convex, `left` holds H ∂z/∂a and `right` holds ∂z/∂a. All in float64.
import type { Linearization } from "../../nn/linearization.ts";
import type { Place, Span } from "../../ops/face_splitting.ts";
import type { Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { preciseRows, writeColumns } from "../statistics/products.ts";
import { cotangentsOf, inputsOf, type SampleRows } from "../statistics/rows.ts";
import { outputCount, rootSeeds, type SampleWeights, throughHessian, unitSeed } from "./seeds.ts";

/** One affine site of such a network. */
export interface NodeSite {
  /** A (B, D) in float64. */
  readonly rows: SampleRows;
  /** First element of W in the parameters. */
  readonly offset: number;
  /** Outputs (O). */
  readonly nodes: number;
  /** Number of its first output among those of all sites. */
  readonly firstNode: number;
}

/** Sites and derivatives of a linearization. */
export interface NodeDerivatives {
  /** In the order of their parameters. */
  readonly sites: readonly NodeSite[];
  /** The same as `right` where H has a root. */
  readonly left: Tensor;
  /** (K, N, B), or (⌈B/T⌉, N, K, T) by tiles of T samples. */
  readonly right: Tensor;
}

/** Where the derivatives of an output are in memory. */
interface Layout {
  readonly shape: readonly number[];
  /** Samples that lie together. */
  readonly spans: readonly Span[];
  /** Place of D(c, node, ·) of a span. */
  place(c: number, node: number, span: number): Place;
}

function byOutputs(outputs: number, nodes: number, samples: number): Layout {
  return {
    shape: [outputs, nodes, samples],
    spans: [{ first: 0, count: samples }],
    place: (c, node) => ({ offset: (c * nodes + node) * samples, stride: samples }),
  };
}

function byTiles(outputs: number, nodes: number, samples: number, tile: number): Layout {
  const tiles = Math.ceil(samples / tile), stride = outputs * tile;
  return {
    shape: [tiles, nodes, outputs, tile],
    spans: Array.from({ length: tiles }, (_, span) => {
      const first = span * tile;
      return { first, count: Math.min(tile, samples - first) };
    }),
    place: (c, node, span) => ({ offset: (span * nodes + node) * stride + c * tile, stride }),
  };
}

/** Makes them, by tiles of so many samples where that is given; the scope owns the memory. */
export function nodeDerivatives(
  lin: Linearization,
  weights: SampleWeights,
  scope: Scope,
  tile?: number,
): NodeDerivatives {
  const sites = nodeSites(lin, scope), outputs = outputCount(lin);
  const nodes = sites.reduce((sum, site) => sum + site.nodes, 0);
  const layout = tile === undefined
    ? byOutputs(outputs, nodes, lin.batchSize)
    : byTiles(outputs, nodes, lin.batchSize, tile);
  const right = scope.own(new Tensor("float64", layout.shape));
  const hasRoot = lin.lossFunction.hessianRoot !== undefined;
  const left = hasRoot ? right : scope.own(new Tensor("float64", layout.shape));
  using seed = new Tensor(lin.output.dtype, lin.output.shape);
  using weighted = new Tensor(lin.output.dtype, lin.output.shape);
  const root = hasRoot ? rootSeeds(lin, weights, weighted) : undefined;
  for (let c = 0; c < outputs; c++) {
    if (root) root(c, seed);
    else unitSeed(lin, c, seed);
    store(cotangentsOf(lin, seed), c, layout, right);
    if (hasRoot) continue;
    throughHessian(lin, weights, seed, weighted);
    store(cotangentsOf(lin, weighted), c, layout, left);
  }
  return { sites, left, right };
}

function nodeSites(lin: Linearization, scope: Scope): NodeSite[] {
  let firstNode = 0;
  return lin.sites.map((site) => {
    const { offset, weight: { shape: [nodes] } } = site;
    const found = { rows: preciseRows(inputsOf(site), scope), offset, nodes, firstNode };
    firstNode += nodes;
    return found;
  });
}

/** Writes cotangents (B, O) of all sites, transposed, to the places of output c. */
function store(cotangents: readonly SampleRows[], c: number, layout: Layout, out: Tensor): void {
  let node = 0;
  for (const cotangent of cotangents) {
    for (const [i, span] of layout.spans.entries()) {
      writeColumns(cotangent, span, out, layout.place(c, node, i));
    }
    node += cotangent.columns;
  }
}

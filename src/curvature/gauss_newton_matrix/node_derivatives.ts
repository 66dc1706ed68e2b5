// The derivatives of the outputs in the nodes of a network all of whose sites act once on each sample.
//
//   D(c, j, p) = Σ_k S(k, c) ∂z_k / ∂a_j      S Sᵀ = H, p a sample, j a node: an output of an affine site
//
// K reverse sweeps, whatever the layers between the sites: shortcuts need nothing of their own. Where the loss is
// not convex, H has no root; then `left` holds H ∂z/∂a and `right` holds ∂z/∂a. All in float64.
import type { Linearization } from "../../nn/linearization.ts";
import { transpose } from "../../ops/face_splitting.ts";
import { Matrix } from "../../ops/matrix.ts";
import type { Scope } from "../../runtime/scope.ts";
import { cast } from "../../tensor/create.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { outputCount, rootSeed, type SampleWeights, throughHessian, unitSeed } from "./seeds.ts";

/** One affine site of such a network. */
export interface NodeSite {
  /** A (B, D) in float64. */
  readonly inputs: Matrix;
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
  /** (K, N, B); the same as `right` where the loss is convex. */
  readonly left: Tensor;
  /** (K, N, B). */
  readonly right: Tensor;
}

/** Makes them; the scope owns the memory. */
export function nodeDerivatives(
  lin: Linearization,
  weights: SampleWeights,
  scope: Scope,
): NodeDerivatives {
  const sites = nodeSites(lin, scope);
  const nodes = sites.reduce((sum, site) => sum + site.nodes, 0);
  const shape = [outputCount(lin), nodes, lin.batchSize];
  const right = scope.own(new Tensor("float64", shape));
  const isConvex = lin.lossFunction.hessianRoot !== undefined;
  const left = isConvex ? right : scope.own(new Tensor("float64", shape));
  using seed = new Tensor(lin.output.dtype, lin.output.shape);
  using weighted = new Tensor(lin.output.dtype, lin.output.shape);
  for (let c = 0; c < shape[0]; c++) {
    if (isConvex) rootSeed(lin, c, weights, seed);
    else unitSeed(lin, c, seed);
    store(lin.siteCotangents(seed), c, right);
    if (isConvex) continue;
    throughHessian(lin, weights, seed, weighted);
    store(lin.siteCotangents(weighted), c, left);
  }
  return { sites, left, right };
}

function nodeSites(lin: Linearization, scope: Scope): NodeSite[] {
  let firstNode = 0;
  return lin.sites.map(({ inputs, offset, weight }) => {
    const [nodes] = weight.shape;
    const site = { inputs: inFloat64(inputs, scope), offset, nodes, firstNode };
    firstNode += nodes;
    return site;
  });
}

function inFloat64(inputs: Matrix, scope: Scope): Matrix {
  if (inputs.tensor.dtype === "float64") return inputs;
  const { tensor, storedRows, storedColumns, stride, hasOnes } = inputs;
  const precise = scope.own(cast(tensor, "float64"));
  return new Matrix(precise, storedRows, storedColumns, stride, hasOnes);
}

/** Writes cotangents (B, O) of all sites, transposed, into out(c). */
function store(cotangents: readonly Tensor[], c: number, out: Tensor): void {
  const [, nodes, samples] = out.shape;
  let node = c * nodes;
  for (const cotangent of cotangents) {
    const [, outputs] = cotangent.shape;
    const part = out.view([outputs, samples], node * samples);
    if (cotangent.dtype === "float64") transpose(cotangent, part);
    else {
      using precise = cast(cotangent, "float64");
      transpose(precise, part);
    }
    node += outputs;
  }
}

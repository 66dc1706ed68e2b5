// The Gauss-Newton matrix as the Gram matrix of the Jacobian's rows, a tile of samples at a time: K B P² flops, with
// the best kernel there is. It takes any layers; the loss must have a root of its Hessian.
import type { Linearization } from "../../nn/linearization.ts";
import { cast } from "../../tensor/create.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { rowsOf } from "../statistics/rows.ts";
import { gram } from "../statistics/sums.ts";
import { outputCount, rootSeeds, type SampleWeights } from "./seeds.ts";

/** Rows in one tile: one block of k of the matrix product. */
const TILE = 512;

/** out (P, P) = (1/B) Σ J̃ᵀ J̃ in float64, exactly symmetric. */
export function assembleFromJacobian(
  lin: Linearization,
  weights: SampleWeights,
  out: Tensor,
): void {
  const { batchSize, parameterCount, output: { dtype, shape } } = lin;
  const tile = Math.min(TILE, batchSize);
  using seed = new Tensor(dtype, shape);
  using work = new Tensor(dtype, shape);
  using rows = new Tensor(dtype, [tile, parameterCount]);
  const alpha = 1 / batchSize;
  const root = rootSeeds(lin, weights, work);
  let beta = 0;
  for (let c = 0; c < outputCount(lin); c++) {
    root(c, seed);
    const write = lin.vjpRows(seed);
    for (let first = 0; first < batchSize; first += tile) {
      const count = Math.min(tile, batchSize - first);
      const place = { offset: 0, stride: parameterCount };
      write({ first, count }, rows, place);
      const filled = rows.view([count, parameterCount]);
      if (dtype === "float64") gram(rowsOf(filled), out, { alpha, beta });
      else {
        using precise = cast(filled, "float64");
        gram(rowsOf(precise), out, { alpha, beta });
      }
      beta = 1;
    }
  }
}

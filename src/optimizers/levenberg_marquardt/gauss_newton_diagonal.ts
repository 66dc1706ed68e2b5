// The diagonal of G where G itself is not there: the squares of J̃, a row at a time.
import { outputCount, rootSeeds } from "../../curvature/gauss_newton_matrix/seeds.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** The diagonal of (1/B) Σ J̃ᵀ J̃ (P), by a reverse sweep for each output. */
export function gaussNewtonDiagonal(lin: Linearization): Float64Array {
  const { batchSize, parameterCount: size, output: { dtype, shape } } = lin;
  const diagonal = new Float64Array(size);
  using seed = new Tensor(dtype, shape);
  using work = new Tensor(dtype, shape);
  using row = new Tensor(dtype, [size]);
  const root = rootSeeds(lin, undefined, work);
  for (let c = 0; c < outputCount(lin); c++) {
    root(c, seed);
    const write = lin.vjpRows(seed);
    for (let first = 0; first < batchSize; first++) {
      write({ first, count: 1 }, row, { offset: 0, stride: size });
      const { data } = row;
      for (let j = 0; j < size; j++) diagonal[j] += data[j] * data[j] / batchSize;
    }
  }
  return diagonal;
}

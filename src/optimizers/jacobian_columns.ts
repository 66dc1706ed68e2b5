// The Jacobian of a batch as QR takes it: column after column, in float64.
import { unitSeed } from "../curvature/gauss_newton_matrix/seeds.ts";
import type { Linearization } from "../nn/linearization.ts";
import type { HessianRoot } from "../nn/losses/loss.ts";
import { Tensor } from "../tensor/tensor.ts";

/** out = factor(sample) SᵀJ, column by column, `rows` each; row (sample, output). S is the identity unless given. */
export function fillJacobianColumns(
  lin: Linearization,
  factor: (sample: number) => number,
  columns: Float64Array,
  rows: number,
  root: HessianRoot = (c, seed) => unitSeed(lin, c, seed),
): void {
  const { batchSize, parameterCount: size, output: { dtype, shape, size: residuals } } = lin;
  const outputs = residuals / batchSize;
  using seed = new Tensor(dtype, shape);
  using row = new Tensor(dtype, [size]);
  // In JavaScript: the factorization takes an array of the host's, with a reverse sweep for each row.
  for (let c = 0; c < outputs; c++) {
    root(c, seed);
    const write = lin.vjpRows(seed);
    for (let n = 0; n < batchSize; n++) {
      write({ first: n, count: 1 }, row, { offset: 0, stride: size });
      const { data } = row, at = n * outputs + c, scale = factor(n);
      for (let j = 0; j < size; j++) columns[j * rows + at] = scale * data[j];
    }
  }
}

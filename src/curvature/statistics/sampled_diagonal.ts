// An estimate of the diagonal of the Gauss-Newton matrix by one reverse sweep, as each sample's own seed is drawn.
//
//   u_n = S_n ε_n,  S_n S_nᵀ the Hessian of the loss in the outputs, ε_n random signs:   E[(J_nᵀ u_n)²] = diag(J_nᵀ H_n J_n)
//
// Source: Chapelle & Erhan 2011, "Improved preconditioner for Hessian free optimization", who sum sweeps over parts of the
// batch; here every sample is squared by itself, which leaves the least variance that one sweep can have.
import { fillSigns } from "../../linalg/estimators/sampling.ts";
import { checkIndependent } from "../../nn/derivative_arguments.ts";
import type { Linearization } from "../../nn/linearization.ts";
import type { Loss } from "../../nn/losses/loss.ts";
import { addColumnMultiples } from "../../ops/row_products.ts";
import { fill } from "../../ops/vector.ts";
import { type RandomKey, randomKey } from "../../tensor/random.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { outputCount, rootSeeds } from "../gauss_newton_matrix/seeds.ts";
import { squaredPulls } from "./squared_gradients.ts";

/** Counters that a key has for all signs, a 128th of one for each: no batch has so many outputs. */
export const SIGN_COUNTERS = 8388608;

/** Refuses a loss whose Hessian has no root. */
export function checkHasRoot(action: string, { name, hessianRoot }: Loss): void {
  if (hessianRoot) return;
  throw new TypeError(
    `Cannot ${action}: preconditioner "jacobi" needs a root of the loss's Hessian in the outputs, which ${name} has not`,
  );
}

/**
 * out (P) = (1/B) Σ_n (J_nᵀ S_n ε_n)², of which the diagonal of the Gauss-Newton matrix is the expectation.
 *
 * @param key What the signs belong to: one for each output of each sample.
 */
export function sampledDiagonal(lin: Linearization, key: RandomKey, out: Tensor): Tensor {
  const { output: { dtype, shape } } = lin;
  using signs = new Tensor(dtype, shape);
  fillSampleSigns(signs, key);
  return diagonalBySigns(lin, signs, out);
}

/** Fills signs (B, …); each sample has counters of its own, so that padding behind its steps changes none of them. */
export function fillSampleSigns(signs: Tensor, { seed, stream, index }: RandomKey): void {
  const [batchSize] = signs.shape, width = signs.size / batchSize;
  const each = Math.floor(SIGN_COUNTERS / batchSize);
  for (let n = 0; n < batchSize; n++) {
    fillSigns(signs.view([width], n * width), randomKey(seed, stream, index + n * each), 0);
  }
}

/** The same with given signs (B, …). */
export function diagonalBySigns(lin: Linearization, signs: Tensor, out: Tensor): Tensor {
  const { lossFunction, output: { dtype, shape } } = lin;
  checkHasRoot("sample a diagonal", lossFunction);
  checkIndependent("sample a diagonal", lin);
  using work = new Tensor(dtype, shape);
  using column = new Tensor(dtype, shape);
  using seeds = fill(new Tensor(dtype, shape), 0);
  const root = rootSeeds(lin, undefined, work);
  for (let c = 0; c < outputCount(lin); c++) {
    root(c, column);
    addColumnMultiples(1, signs, c, column, seeds);
  }
  return squaredPulls(lin, seeds, out);
}

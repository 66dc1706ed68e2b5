// Products with the root S of the loss's Hessian in the outputs, sample by sample, one column of S at a time: S itself
// has B K² elements and is never there.
import { rootSeed } from "../../curvature/gauss_newton_matrix/seeds.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { axpby } from "../../ops/vector.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** The root for one loss; `work` (B, …) holds a column, and is not there where S is the identity. */
export interface OutputRoot {
  readonly work: Tensor | undefined;
}

/** out = Sᵀ u / √B; both (B, …). */
export function throughRoot(
  { work }: OutputRoot,
  lin: Linearization,
  u: Tensor,
  out: Tensor,
): void {
  const { batchSize } = lin, root = 1 / Math.sqrt(batchSize), width = out.size / batchSize;
  if (!work) {
    axpby(root, u, 0, out);
    return;
  }
  for (let c = 0; c < width; c++) {
    rootSeed(lin, c, undefined, work);
    const [s, from, to] = [work.data, u.data, out.data];
    for (let start = 0; start < s.length; start += width) {
      let sum = 0;
      for (let k = start; k < start + width; k++) sum += s[k] * from[k];
      to[start + c] = root * sum;
    }
  }
}

/** out = S u / √B; both (B, …). */
export function backThroughRoot(
  { work }: OutputRoot,
  lin: Linearization,
  u: Tensor,
  out: Tensor,
): void {
  const { batchSize } = lin, root = 1 / Math.sqrt(batchSize), width = out.size / batchSize;
  if (!work) {
    axpby(root, u, 0, out);
    return;
  }
  out.data.fill(0);
  for (let c = 0; c < width; c++) {
    rootSeed(lin, c, undefined, work);
    const [s, from, to] = [work.data, u.data, out.data];
    for (let start = 0; start < s.length; start += width) {
      const factor = root * from[start + c];
      for (let k = start; k < start + width; k++) to[k] += factor * s[k];
    }
  }
}

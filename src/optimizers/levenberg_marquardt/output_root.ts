// Products with the root S of the loss's Hessian in the outputs, sample by sample, one column of S at a time: S itself
// has B K² elements and is never there.
import { rootSeeds } from "../../curvature/gauss_newton_matrix/seeds.ts";
import type { Linearization } from "../../nn/linearization.ts";
import type { HessianRoot } from "../../nn/losses/loss.ts";
import { axpby } from "../../ops/vector.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** The root of one loss on one batch, with memory for a column (B, …). */
export interface OutputRoot {
  /** Absent where S is the identity. */
  readonly write: HessianRoot | undefined;
  readonly column: Tensor;
}

/** out = Sᵀ u / √B; both (B, …). */
export function throughRoot(
  { write, column }: OutputRoot,
  u: Tensor,
  out: Tensor,
): void {
  const [batchSize] = out.shape, root = 1 / Math.sqrt(batchSize), width = out.size / batchSize;
  if (!write) {
    axpby(root, u, 0, out);
    return;
  }
  for (let c = 0; c < width; c++) {
    write(c, column);
    const [s, from, to] = [column.data, u.data, out.data];
    for (let start = 0; start < s.length; start += width) {
      let sum = 0;
      for (let k = start; k < start + width; k++) sum += s[k] * from[k];
      to[start + c] = root * sum;
    }
  }
}

/** out = S u / √B; both (B, …). */
export function backThroughRoot(
  { write, column }: OutputRoot,
  u: Tensor,
  out: Tensor,
): void {
  const [batchSize] = out.shape, root = 1 / Math.sqrt(batchSize), width = out.size / batchSize;
  if (!write) {
    axpby(root, u, 0, out);
    return;
  }
  out.data.fill(0);
  for (let c = 0; c < width; c++) {
    write(c, column);
    const [s, from, to] = [column.data, u.data, out.data];
    for (let start = 0; start < s.length; start += width) {
      const factor = root * from[start + c];
      for (let k = start; k < start + width; k++) to[k] += factor * s[k];
    }
  }
}

/** Shows the elements of Sᵀu, u (B, …), as sums in float64. */
export function visitThroughRoot(
  lin: Linearization,
  u: Tensor,
  visit: (value: number, sample: number, column: number) => void,
): void {
  const { output: { dtype, shape, size }, batchSize } = lin, width = size / batchSize;
  using work = new Tensor(dtype, shape);
  using column = new Tensor(dtype, shape);
  const root = rootSeeds(lin, undefined, work);
  for (let c = 0; c < width; c++) {
    root(c, column);
    const [s, changes] = [column.data, u.data];
    for (let n = 0; n < batchSize; n++) {
      let sum = 0;
      for (let k = n * width; k < (n + 1) * width; k++) sum += s[k] * changes[k];
      visit(sum, n, c);
    }
  }
}

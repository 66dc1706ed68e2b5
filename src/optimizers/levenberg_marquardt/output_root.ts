// Products with the root S of the loss's Hessian in the outputs, sample by sample, one column of S at a time: S itself
// has B K² elements and is never there.
import { rootSeeds } from "../../curvature/gauss_newton_matrix/seeds.ts";
import type { Linearization } from "../../nn/linearization.ts";
import type { HessianRoot } from "../../nn/losses/loss.ts";
import { addColumnMultiples, rowDots, rowDotsTo } from "../../ops/row_products.ts";
import { axpby, fill } from "../../ops/vector.ts";
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
    rowDotsTo(root, column, u, out, c);
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
  fill(out, 0);
  for (let c = 0; c < width; c++) {
    write(c, column);
    addColumnMultiples(root, u, c, column, out);
  }
}

/** Shows Sᵀu, u (B, …), an output c at a time: the sums of all samples (B) in float64. */
export function visitThroughRoot(
  lin: Linearization,
  u: Tensor,
  visit: (sums: Tensor, c: number) => void,
): void {
  const { output: { dtype, shape, size }, batchSize } = lin, width = size / batchSize;
  using work = new Tensor(dtype, shape);
  using column = new Tensor(dtype, shape);
  using sums = new Tensor("float64", [batchSize]);
  const root = rootSeeds(lin, undefined, work);
  for (let c = 0; c < width; c++) {
    root(c, column);
    visit(rowDots(column, u, sums), c);
  }
}

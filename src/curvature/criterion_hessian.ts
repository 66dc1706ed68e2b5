// The Hessian of the criterion in the network's outputs, one symmetric matrix (K, K) for each sample, with
// its negative eigenvalues projected: per sample, and its mean over the batch (EA1).
import { projectEigenvalues, type ProjectionWork } from "../linalg/project_eigenvalues.ts";
import type { Linearization } from "../nn/linearization.ts";
import { projectedEigenvalue, type Projection } from "../nn/losses/projection.ts";
import { columnOf, copyEvery, fillEvery } from "../ops/strided.ts";
import { fill, firstNonFinite } from "../ops/vector.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { Scope } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { rowsOf } from "./statistics/rows.ts";
import { columnMeans } from "./statistics/sums.ts";

const ACTION = "make a positive-curvature Hessian";

/** Outputs of one sample (K). */
export function outputWidth({ output }: Linearization): number {
  return output.size / output.shape[0];
}

function checkHessian(lin: Linearization, hessian: Tensor): void {
  if (firstNonFinite(hessian) < 0) return;
  throw new NonFiniteError(ACTION, `the Hessian of ${lin.lossFunction.name}`);
}

/** Writes Pos(H) of every sample; out (B, K, K). */
export function criterionHessians(lin: Linearization, projection: Projection, out: Tensor): void {
  const { lossFunction, output, target, batchSize } = lin, width = outputWidth(lin);
  using scope = new Scope();
  const unit = scope.own(new Tensor(output.dtype, output.shape));
  const column = scope.own(new Tensor(output.dtype, output.shape));
  for (let k = 0; k < width; k++) {
    fill(unit, 0);
    fillEvery(unit, columnOf(batchSize, width, k), 1);
    lossFunction.hessianProduct(output, target, unit, column);
    const whole = { first: 0, step: 1, count: column.size };
    copyEvery(column, whole, out, columnOf(column.size, width, k));
  }
  checkHessian(lin, out);
  if (lossFunction.isConvex || projection === "none") return;
  const work: ProjectionWork = {
    vectors: scope.own(new Tensor("float64", [width, width])),
    values: scope.own(new Tensor("float64", [width])),
  };
  const f = (value: number): number => projectedEigenvalue(projection, value);
  for (let n = 0; n < batchSize; n++) {
    projectEigenvalues(out.view([width, width], n * width * width), f, work);
  }
}

/** Writes the mean over samples of Pos(H); out (K, K). */
export function meanCriterionHessian(
  lin: Linearization,
  projection: Projection,
  out: Tensor,
): void {
  const { lossFunction, output, target, batchSize } = lin, width = outputWidth(lin);
  if (lossFunction.meanHessian) {
    using work = new Tensor(output.dtype, output.shape);
    lossFunction.meanHessian(output, target, projection, work, out);
    return checkHessian(lin, out);
  }
  using all = new Tensor(output.dtype, [batchSize, width * width]);
  criterionHessians(lin, projection, all);
  columnMeans(rowsOf(all), out.view([width * width]));
}

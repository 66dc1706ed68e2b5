// The pair of the Hessian-action update of an input factor A (Goldfarb, Ren & Bahamou 2020, their code):
//
//   s = H abar,  y = (A + lambda I) s
//
// abar is the mean input, along which A is largest. A is the moving average held in full, or only the
// second moment of the mini-batch, A s = (1/B) Aᵀ(A s) over its rows (Ren, Bahamou & Goldfarb 2021).
import type { SampleRows } from "../../curvature/statistics/rows.ts";
import { momentAction } from "../../curvature/statistics/sums.ts";
import { symv } from "../../ops/matvec.ts";
import { axpy } from "../../ops/vector.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** y = A s + damping s for a factor held in full. */
export function actionOfFactor(factor: Tensor, damping: number, s: Tensor, y: Tensor): Tensor {
  return axpy(damping, s, symv(factor, s, y));
}

/** y = (1 / batchSize) rowsᵀ(rows s) + damping s; `projections` holds rows s. */
export function actionOfRows(
  rows: SampleRows,
  batchSize: number,
  damping: number,
  s: Tensor,
  y: Tensor,
  projections: Tensor,
): Tensor {
  return axpy(damping, s, momentAction(rows, batchSize, s, y, projections));
}

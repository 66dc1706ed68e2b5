// Sums over the rows of samples. Whoever parts a batch, between threads or machines, has here all that is to be added up:
//
//   column means    (1/n) Σ a          weighted sum     Σ w a         w a number for each row
//   Gram matrix     Σ w a aᵀ           cross product    Σ l rᵀ        of two kinds of rows
//   moment action   (1/B) Σ a (aᵀs)
//
// Rows are taken as products take them: patches are gathered and weights multiplied while a kernel packs.
import { gemm, gram as gramOf, type GramScales, type ProductScales } from "../../ops/gemm.ts";
import { addFacesProduct, type Faces, type Place, type Span } from "../../ops/face_splitting.ts";
import type { Matrix } from "../../ops/matrix.ts";
import { columnMean, matvec } from "../../ops/matvec.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { open, type SampleRows } from "./_rows.ts";

/** out = (1/n) Σ a, each column a sum in float64. */
export function columnMeans(rows: SampleRows, out: Tensor): Tensor {
  return columnMean(open(rows), out);
}

/** out = alpha Σ w a + beta out, `weights` w of any sign; beta must be 0 where the rows have a one behind them. */
export function weightedSum(
  rows: SampleRows,
  weights: Tensor,
  out: Tensor,
  scales?: ProductScales,
): Tensor {
  return matvec(open(rows).T, weights, out, scales);
}

/**
 * out = alpha Σ w a aᵀ + beta out, exactly symmetric, `rowWeights` w of any sign or all 1.
 *
 * @throws {TypeError} when there is not one weight for each row, or a shape or dtype does not fit.
 */
export function gram(rows: SampleRows, out: Tensor, scales?: GramScales): Tensor {
  return gramOf(open(rows), out, scales);
}

/** out = alpha Σ l rᵀ + beta out, l and r the rows of one sample. */
export function crossProduct<Out extends Tensor | Matrix>(
  left: SampleRows,
  right: SampleRows,
  out: Out,
  scales?: ProductScales,
): Out {
  return gemm(open(left).T, open(right), out, scales);
}

/** out = (1/batchSize) Σ a (aᵀs), the second moment times s; `projections` (n) is taken for the aᵀs. */
export function momentAction(
  rows: SampleRows,
  batchSize: number,
  s: Tensor,
  out: Tensor,
  projections: Tensor,
): Tensor {
  matvec(open(rows), s, projections);
  return weightedSum(rows, projections, out, { alpha: 1 / batchSize });
}

/** The right rows of `addWeightedProducts()`, each taken for every node of a range, with a weight of its own. */
export interface WeightedRows extends Omit<Faces, "b"> {
  /** The rows. */
  readonly rows: SampleRows;
}

/** out(·, (l, ·)) += alpha Σ w(l) a rᵀ over a span of samples, l in a range of nodes; rows lie in memory. */
export function addWeightedProducts(
  alpha: number,
  left: SampleRows,
  { rows, scales, node, nodes }: WeightedRows,
  span: Span,
  out: Tensor,
  place: Place,
): void {
  addFacesProduct(alpha, open(left), { b: open(rows), scales, node, nodes }, span, out, place);
}

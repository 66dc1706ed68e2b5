// The rows of a site, which its statistics are sums over: where they come from, and what may be asked of them.
import type { AffineSite, Linearization } from "../../nn/linearization.ts";
import type { Model, VisitOptions } from "../../nn/model.ts";
import { type Matrix, matrix } from "../../ops/matrix.ts";
import { firstNonFinite, maxAbs } from "../../ops/vector.ts";
import { isTensor, type Tensor } from "../../tensor/tensor.ts";
import { open, SampleRows, withoutOnes } from "./_rows.ts";

export type { SampleRows } from "./_rows.ts";

/** A (B T, D) of a site; with `hasBias` false without the ones of a bias. */
export function inputsOf({ inputs }: AffineSite, hasBias = true): SampleRows {
  return new SampleRows(hasBias ? inputs : withoutOnes(inputs));
}

/** Z (B T, O). */
export function outputsOf({ outputs }: AffineSite): SampleRows {
  return new SampleRows(matrix(outputs));
}

/** G (B T, O). */
export function gradientsOf({ outputGradients }: AffineSite): SampleRows {
  return new SampleRows(matrix(outputGradients));
}

/** Cotangents (B T, O) of every site's outputs for u (B, …), until the next sweep. */
export function cotangentsOf(lin: Linearization, u: Tensor): SampleRows[] {
  return lin.siteCotangents(u).map((rows) => new SampleRows(matrix(rows)));
}

/** Rows that a method made by itself; those of a transposed matrix are its columns in memory. */
export function rowsOf(source: Tensor | Matrix): SampleRows {
  return new SampleRows(isTensor(source) ? matrix(source) : source as Matrix);
}

/** Runs a network forward and shows the A of every site as long as it takes. */
export function visitInputRows(
  model: Model,
  input: Tensor,
  visit: (inputs: readonly SampleRows[]) => void,
  options: VisitOptions,
): void {
  model.visitInputs(
    input,
    (inputs) => visit(inputs.map((rows) => new SampleRows(rows))),
    options,
  );
}

/** True where a site's gradient of sample n is g_n a_nᵀ: one row of A and of G, and a column of A for each of W's. */
export function hasOneRowEach(
  { form, inputs, weight: { shape: [, columns] } }: AffineSite,
  batchSize: number,
): boolean {
  return form.isOuterProduct && inputs.rows === batchSize && inputs.columns === columns;
}

/** True where neither NaN nor infinity is among what memory holds of the rows. */
export function areFinite(rows: SampleRows): boolean {
  return firstNonFinite(open(rows).tensor) < 0;
}

/** The largest magnitude of what memory holds of the rows. */
export function largestMagnitude(rows: SampleRows): number {
  return maxAbs(open(rows).tensor);
}

// Products in which every row of samples keeps a place of its own, so that parts of a batch give parts of them.
import { addEvery, diagonalOf, fillEvery } from "../../ops/strided.ts";
import {
  kroneckerGram,
  type KroneckerGramOperator,
} from "../../linalg/operators/kronecker_gram.ts";
import type { OperatorProperties } from "../../linalg/operator.ts";
import { type Place, type Span, transposeRows } from "../../ops/face_splitting.ts";
import { gemm, gram } from "../../ops/gemm.ts";
import { leadingColumns, Matrix, matrix } from "../../ops/matrix.ts";
import { copyRows } from "../../ops/rows.ts";
import { fill } from "../../ops/vector.ts";
import type { Scope } from "../../runtime/scope.ts";
import { cast } from "../../tensor/create.ts";
import { filled } from "../../tensor/result.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { open, SampleRows, withoutOnes } from "./_rows.ts";

/** out (n, k) = X M for a matrix M (D, k). */
export function throughMatrix(rows: SampleRows, m: Matrix, out: Tensor): Tensor {
  return gemm(open(rows), m, out);
}

/** out (k, n) = M Xᵀ for a matrix M (k, D). */
export function alongRows(m: Matrix, rows: SampleRows, out: Tensor): Tensor {
  return gemm(m, open(rows).T, out);
}

/** out (n, n) = alpha X Xᵀ of rows in memory, the ones of a bias included. */
export function sampleProducts(rows: SampleRows, out: Tensor, alpha = 1): Tensor {
  const all = open(rows);
  gram(withoutOnes(all).T, out, { alpha });
  if (all.hasOnes) addEvery(out, { first: 0, step: 1, count: out.size }, alpha);
  return out;
}

/** G ⊗ factor XᵀX as an operator, which reads the rows and forms no product of them. */
export function kroneckerOfRows(
  g: Tensor,
  rows: SampleRows,
  factor: number,
  properties: OperatorProperties,
): KroneckerGramOperator {
  return kroneckerGram(g, open(rows), factor, properties);
}

/** A copy (n, D) of rows in memory without a one behind them. */
export function copied(rows: SampleRows): Tensor {
  const source = open(rows);
  return filled(new Tensor(source.tensor.dtype, [source.rows, source.columns]), (out) => {
    copyRows(source, matrix(out));
  });
}

/** The rows of a span in float64, each a column of `out`: (D, span) with the strides of a place. */
export function writeColumns(rows: SampleRows, span: Span, out: Tensor, place: Place): void {
  const { tensor, rows: count, columns } = open(rows);
  const shaped = tensor.view([count, columns]);
  using precise = shaped.dtype === "float64" ? undefined : cast(shaped, "float64");
  transposeRows(precise ?? shaped, span, out, place);
}

/** The rows in float64 and in memory, ones too: packed beside other nodes' they are columns like all others. */
export function preciseRows(rows: SampleRows, scope: Scope): SampleRows {
  const source = open(rows);
  if (source.patches) {
    using held = gathered(source);
    return new SampleRows(matrix(scope.own(cast(held, "float64"))));
  }
  const { tensor, storedRows, storedColumns, heldColumns, stride, hasOnes } = source;
  if (tensor.dtype === "float64" && !hasOnes) return rows;
  const out = matrix(fill(scope.own(new Tensor("float64", [storedRows, storedColumns])), 1));
  using precise = cast(tensor, "float64");
  copyRows(
    new Matrix(precise, storedRows, heldColumns, stride),
    leadingColumns(out, heldColumns),
  );
  return new SampleRows(out);
}

/** Patches of images, and ones behind them, in a new tensor (rows, columns). */
function gathered(rows: Matrix): Tensor {
  const { tensor: { dtype }, columns } = rows;
  using unit = new Tensor(dtype, [columns, columns]);
  fillEvery(fill(unit, 0), diagonalOf(columns), 1);
  return filled(new Tensor(dtype, [rows.rows, columns]), (out) => {
    gemm(rows, matrix(unit), out);
  });
}

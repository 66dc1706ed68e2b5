// How far a matrix product is from alpha A B + beta C0, in units of its proved bound.
import type { DType } from "../../src/runtime/dtype.ts";
import { gamma } from "../_support/tolerance.ts";
import { DoubleDouble } from "./double_double.ts";

/** An element of a matrix. */
export type Element = (row: number, column: number) => number;

/** A product and what it was made of: A (m, k), B (k, n), C0 and C (m, n). */
export interface MatrixProduct {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly alpha: number;
  readonly a: Element;
  readonly b: Element;
  readonly beta: number;
  /** Not read where beta is 0. */
  readonly c0: Element;
  readonly c: Element;
  /** Only every so many-th row and column is looked at, and the last ones. */
  readonly stride?: number;
}

function sampled(size: number, stride: number): number[] {
  const indices = [];
  for (let i = 0; i < size; i += stride) indices.push(i);
  if (size > 0 && (size - 1) % stride !== 0) indices.push(size - 1);
  return indices;
}

/** Rows of op(A), or columns of op(B), that are looked at, one after the other. */
function vectors(
  indices: readonly number[],
  k: number,
  at: (i: number, p: number) => number,
): Float64Array {
  const values = new Float64Array(indices.length * k);
  indices.forEach((i, row) => {
    for (let p = 0; p < k; p++) values[row * k + p] = at(i, p);
  });
  return values;
}

/** A sum of products. */
type Dot = (k: number, x: Float64Array, xAt: number, y: Float64Array, yAt: number) => DoubleDouble;

/** Products of float32 are exact in float64, whose own roundoff in the sum is far below their bound. */
const dotOfFloat32: Dot = (k, x, xAt, y, yAt) => {
  let sum = 0;
  for (let p = 0; p < k; p++) sum += x[xAt + p] * y[yAt + p];
  return new DoubleDouble().addProduct(1, sum);
};

const dotOfFloat64: Dot = (k, x, xAt, y, yAt) => {
  const sum = new DoubleDouble();
  for (let p = 0; p < k; p++) sum.addProduct(x[xAt + p], y[yAt + p]);
  return sum;
};

/** The largest |C - alpha A B - beta C0| / (gamma_{k+2} (|alpha| |A| |B| + |beta| |C0|)); at most 1 when C is right. */
export function productRatio(dtype: DType, product: MatrixProduct): number {
  const { m, n, k, alpha, a, b, beta, c0, c, stride = 1 } = product;
  const unit = gamma(k + 2, dtype);
  const dot = dtype === "float32" ? dotOfFloat32 : dotOfFloat64;
  const rows = sampled(m, stride), columns = sampled(n, stride);
  const left = vectors(rows, k, a), right = vectors(columns, k, (j, p) => b(p, j));
  let worst = 0;
  rows.forEach((i, row) => {
    columns.forEach((j, column) => {
      const sum = dot(k, left, row * k, right, column * k);
      let magnitude = 0;
      for (let p = 0; p < k; p++) magnitude += Math.abs(left[row * k + p] * right[column * k + p]);
      const residual = new DoubleDouble().addProduct(alpha, sum.high).addProduct(alpha, sum.low);
      let bound = Math.abs(alpha) * magnitude;
      if (beta !== 0) {
        residual.addProduct(beta, c0(i, j));
        bound += Math.abs(beta * c0(i, j));
      }
      const error = Math.abs(residual.addProduct(-1, c(i, j)).value);
      if (error === 0) return;
      const ratio = error / (unit * bound);
      if (!(ratio <= worst)) worst = Number.isNaN(ratio) ? Infinity : ratio;
    });
  });
  return worst;
}

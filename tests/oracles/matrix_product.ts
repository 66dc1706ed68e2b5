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

/** The largest |C - alpha A B - beta C0| / (gamma_{k+2} (|alpha| |A| |B| + |beta| |C0|)); at most 1 when C is right. */
export function productRatio(dtype: DType, product: MatrixProduct): number {
  const { m, n, k, alpha, a, b, beta, c0, c, stride = 1 } = product;
  const unit = gamma(k + 2, dtype);
  let worst = 0;
  for (const i of sampled(m, stride)) {
    for (const j of sampled(n, stride)) {
      const dot = new DoubleDouble();
      let magnitude = 0;
      for (let p = 0; p < k; p++) {
        const x = a(i, p), y = b(p, j);
        dot.addProduct(x, y);
        magnitude += Math.abs(x * y);
      }
      const residual = new DoubleDouble().addProduct(alpha, dot.high).addProduct(alpha, dot.low);
      let bound = Math.abs(alpha) * magnitude;
      if (beta !== 0) {
        residual.addProduct(beta, c0(i, j));
        bound += Math.abs(beta * c0(i, j));
      }
      const error = Math.abs(residual.addProduct(-1, c(i, j)).value);
      if (error === 0) continue;
      const ratio = error / (unit * bound);
      if (!(ratio <= worst)) worst = Number.isNaN(ratio) ? Infinity : ratio;
    }
  }
  return worst;
}

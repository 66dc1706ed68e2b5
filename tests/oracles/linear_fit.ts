// Weighted linear regression with several outputs, by its normal equations.
import { build, inverse, multiply, type Rows, transpose } from "./matrices.ts";

/** What a fit of y (B, K) by [x, 1] Wᵀ finds; parameters in the order of W (K, D), row-major. */
export interface LinearFit {
  readonly parameters: number[];
  /** s² (JᵀWJ)⁻¹ with s² = Σ w r² / (B K - K D). */
  readonly covariance: Rows;
  /** y - f, sample by sample. */
  readonly residuals: number[];
}

/** Fits rows x (B, D - 1) to rows y (B, K) with a weight for each sample. */
export function linearFit(x: Rows, y: Rows, weights: readonly number[]): LinearFit {
  const a = x.map((row) => [...row, 1]);
  const weighted = a.map((row, n) => row.map((value) => weights[n] * value));
  const inverted = inverse(multiply(transpose(a), weighted));
  const w = transpose(multiply(inverted, multiply(transpose(weighted), y))); // (K, D)
  const residuals = y.map((row, n) =>
    row.map((value, k) => value - a[n].reduce((sum, input, d) => sum + input * w[k][d], 0))
  );
  const [outputs, inputs] = [w.length, a[0].length];
  const squares = residuals.reduce(
    (sum, row, n) => sum + weights[n] * row.reduce((s, r) => s + r * r, 0),
    0,
  );
  const variance = squares / (x.length * outputs - outputs * inputs);
  const size = outputs * inputs;
  const covariance = build(
    size,
    size,
    (i, j) =>
      Math.floor(i / inputs) === Math.floor(j / inputs)
        ? variance * inverted[i % inputs][j % inputs]
        : 0,
  );
  return { parameters: w.flat(), covariance, residuals: residuals.flat() };
}

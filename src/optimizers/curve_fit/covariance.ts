// How well the data determine the parameters: s² (JᵀWJ)⁻¹ from the QR of √W J.
import type { DampedLeastSquares } from "../../linalg/damped_least_squares.ts";

/** Errors of the parameters. */
export interface ParameterErrors {
  /** Roots of the covariance's diagonal (n). */
  readonly standardErrors: number[];
  /** s² (JᵀWJ)⁻¹ (n, n). */
  readonly covariance: number[][];
}

/** A factored √W J, each column divided by its scale. */
export interface ScaledJacobian {
  /** Its factors. */
  readonly system: DampedLeastSquares;
  /** What the columns were divided by (n). */
  readonly scale: Float64Array;
}

/**
 * The errors for residuals of which `squares` is Σ w r²; infinite where there are no more points than parameters, or a
 * pivot relative to the largest is below `rankTolerance`, nothing but rounding.
 */
export function parameterErrors(
  { system, scale }: ScaledJacobian,
  squares: number,
  rankTolerance: number,
): ParameterErrors {
  const { rows: m, columns: n } = system;
  const inverse = m > n ? system.inverseGram(rankTolerance) : undefined;
  const variance = squares / (m - n);
  const covariance = Array.from(
    scale,
    (own, i) =>
      Array.from(
        scale,
        (other, j) => inverse ? variance * inverse[i * n + j] / (own * other) : Infinity,
      ),
  );
  return { covariance, standardErrors: covariance.map((row, i) => Math.sqrt(row[i])) };
}

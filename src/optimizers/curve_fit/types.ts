// What a fit is told, and what it finds.
import type { CurveFitStatus } from "./iterate.ts";
import type { CurveGradient } from "./problem.ts";
import type { HostSignal } from "../../runtime/host_types.ts";

/** Options of `curveFit()`. */
export interface CurveFitOptions<X> {
  /** Parameters to begin with (n). */
  readonly start: ArrayLike<number>;
  /** Derivatives of the curve in its parameters (n). @default central differences */
  readonly jacobian?: CurveGradient<X>;
  /** Weights of the squared residuals (m), not negative. @default all 1 */
  readonly weights?: ArrayLike<number>;
  /** Relative size of gradient and step at which the fit is converged. @default 1e-9 */
  readonly tolerance?: number;
  /** Most accepted steps. @default 1000 */
  readonly maxIterations?: number;
  /** λ at the start, relative to the scaled JᵀJ, whose diagonal is 1. @default 1e-3 */
  readonly initialDamping?: number;
  /**
   * Geodesic acceleration: a step s is corrected by ½ a along the curve's own bend where 2 ‖a‖ / ‖s‖ is at most this;
   * Transtrum & Sethna take 0.75. Two more evaluations for each trial. 0 corrects nothing. @default 0
   */
  readonly acceleration?: number;
  /** Ends the fit before its next step; the parameters are those found so far. @default none */
  readonly signal?: HostSignal;
}

/** Options of `curveFit()` for a model; the same as those of a function, but a model has its own start and derivatives. */
export interface ModelFitOptions {
  /** Weights of the samples' squared residuals (B), not negative. @default all 1 */
  readonly weights?: ArrayLike<number>;
  /** Length of a step, relative to the parameters, at which the fit is converged. @default 1e-9 */
  readonly tolerance?: number;
  /** Most accepted steps. @default 1000 */
  readonly maxIterations?: number;
  /** λ at the start, relative to the diagonal of JᵀWJ / B. @default 1e-3 */
  readonly initialDamping?: number;
  /** Geodesic acceleration as in `levenbergMarquardt()`; 0 corrects nothing. @default 0 */
  readonly acceleration?: number;
  /** Ends the fit before its next step; the parameters are those found so far. @default none */
  readonly signal?: HostSignal;
}

/** What a fit found. */
export interface CurveFit {
  /** The parameters (n). */
  readonly parameters: number[];
  /** Their standard errors (n): roots of the covariance's diagonal. NaN, as it, where the fit of a model was aborted. */
  readonly standardErrors: number[];
  /** s² (JᵀWJ)⁻¹ (n, n) with s² = Σ w r² / (m - n); infinite where the data do not determine it. */
  readonly covariance: number[][];
  /** y - f at the points (m), without weights; of a model sample by sample. */
  readonly residuals: number[];
  /**
   * "converged": steps are as small as the tolerance and the residuals orthogonal to the derivatives, with cosines up to
   * √tolerance or what their rounding leaves; "damping-limit": no step of any length lowers the sum of squares, as at a
   * kink or where the curve is not defined beyond; "max-iterations"; "aborted".
   */
  readonly status: CurveFitStatus;
  /** Accepted steps. */
  readonly iterations: number;
  /** λ at the end. */
  readonly damping: number;
}

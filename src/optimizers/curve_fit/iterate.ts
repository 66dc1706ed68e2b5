// Levenberg-Marquardt on a curve: QR of the scaled Jacobian once for each accepted step, λ by Nielsen's rule.
//
// Columns are scaled by the largest norm that each has had (Moré 1978), so that neither the steps nor λ depend on the
// units of the parameters. Of the trial steps that are not finite or do not lower the objective none is kept.
import type { DampedLeastSquares } from "../../linalg/damped_least_squares.ts";
import type { InParts } from "../../runtime/parts.ts";
import { afterFailure, afterSuccess, startDamping } from "../damping_schedule.ts";
import { Bend } from "./acceleration.ts";
import type { HostSignal } from "../../runtime/host_types.ts";
import { type CurveData, derivatives, residuals, sizeOfValues } from "./problem.ts";
import { cosineLimit } from "./stationary.ts";

/** How a fit ended. */
export type CurveFitStatus = "converged" | "damping-limit" | "max-iterations" | "aborted";

/** Limits of the iteration. */
export interface IterationLimits {
  /** Relative size of gradient, step and promised decrease at which the fit is converged. */
  readonly tolerance: number;
  /** Most accepted steps. */
  readonly maxIterations: number;
  /** λ at the start. */
  readonly initialDamping: number;
  /** Longest 2 ‖a‖ / ‖s‖ of a correction ½ a of a step s; 0 for none. */
  readonly acceleration: number;
  /** Ends it before the next trial step. */
  readonly signal: HostSignal | undefined;
}

/** Residuals and derivatives at one point. */
export interface Evaluation {
  /** √w (y - f) (m). */
  readonly r: Float64Array;
  /** Derivatives of √w f, column after column (m each). */
  readonly jacobian: Float64Array;
  /** Half the sum of squares. */
  readonly objective: number;
}

/** Where the iteration ended. */
export interface Iterate {
  readonly parameters: number[];
  readonly status: CurveFitStatus;
  readonly iterations: number;
  readonly damping: number;
  readonly objective: number;
  /** What each column of the Jacobian is divided by. */
  readonly scale: Float64Array;
}

/** λ beyond which a step is nothing but rounding. */
const DAMPING_LIMIT = 1e16;

/**
 * Minimizes half the sum of squares from a start where it and the derivatives are finite; works in their memory. The
 * system (m, n) then holds the factors of the Jacobian at the end, each column divided by its scale. Pauses before each
 * trial step.
 */
export function* iterate<X>(
  data: CurveData<X>,
  start: readonly number[],
  begun: Evaluation,
  system: DampedLeastSquares,
  { tolerance, maxIterations, initialDamping: firstDamping, acceleration, signal }: IterationLimits,
): InParts<Iterate> {
  const n = start.length, m = data.y.length;
  const { r } = begun;
  const trialR = new Float64Array(m);
  let jacobian = begun.jacobian, trialJacobian: Float64Array = new Float64Array(m * n);
  const [scale, shift, step] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  const p = [...start], trial = [...start];
  const bend = acceleration > 0 ? new Bend(data, system, acceleration) : undefined;
  let { objective } = begun;
  let damping = startDamping("nielsen", firstDamping);
  const size = sizeOfValues(data);
  let isSmall = false;

  for (let iterations = 0;; iterations++) {
    const steepness = scaleColumns(jacobian, r, scale);
    system.factor(jacobian, r);
    const end = (status: CurveFitStatus): Iterate => ({
      ...{ parameters: p, status, iterations, damping: damping.value, objective, scale },
    });
    const sizeOfR = Math.sqrt(2 * objective);
    const isLevel = steepness <= cosineLimit(tolerance, size, sizeOfR, "float64") * sizeOfR;
    if (steepness <= tolerance * sizeOfR || (isSmall && isLevel)) return end("converged");
    if (iterations === maxIterations) return end("max-iterations");
    for (let isAccepted = false; !isAccepted;) {
      yield;
      if (signal?.aborted) return end("aborted");
      if (damping.value > DAMPING_LIMIT) return end("damping-limit");
      system.solve(shift.fill(Math.sqrt(damping.value)), step);
      let squares = 0, parameterSquares = 0;
      for (let j = 0; j < n; j++) {
        squares += step[j] * step[j];
        parameterSquares += scale[j] * p[j] * scale[j] * p[j];
      }
      // With g = (JᵀJ + λ) s the decrease ½(‖r‖² - ‖r - J s‖²) is ½‖J s‖² + λ‖s‖².
      const promised = system.imageSquares(step) / 2 + damping.value * squares;
      isSmall = promised <= tolerance * tolerance * objective ||
        squares <= tolerance * tolerance * parameterSquares;
      bend?.correct({ parameters: p, r, scale, shift }, step);
      for (let j = 0; j < n; j++) trial[j] = p[j] + (scale[j] > 0 ? step[j] / scale[j] : 0);
      const trialObjective = residuals(data, trial, trialR);
      isAccepted = trialObjective < objective && isDefined(data, trial, trialJacobian);
      if (isAccepted) {
        damping = afterSuccess("nielsen", damping, (objective - trialObjective) / promised);
        for (let j = 0; j < n; j++) p[j] = trial[j];
        objective = trialObjective;
        r.set(trialR);
        [jacobian, trialJacobian] = [trialJacobian, jacobian];
      } else if (isSmall && isLevel) return end("converged");
      else damping = afterFailure("nielsen", damping);
    }
  }
}

/** Fills the derivatives; false where one of them is not finite. */
function isDefined<X>(data: CurveData<X>, p: readonly number[], out: Float64Array): boolean {
  derivatives(data, p, out);
  return out.every(Number.isFinite);
}

/**
 * Lets the scale of every column grow to its norm and divides the column by it; returns the largest cosine between
 * r and a column, times ‖r‖.
 */
function scaleColumns(jacobian: Float64Array, r: Float64Array, scale: Float64Array): number {
  const m = r.length;
  let steepest = 0;
  for (let j = 0; j < scale.length; j++) {
    let squares = 0, product = 0;
    for (let i = j * m, k = 0; k < m; i++, k++) {
      squares += jacobian[i] * jacobian[i];
      product += jacobian[i] * r[k];
    }
    const norm = Math.sqrt(squares);
    if (norm > 0) steepest = Math.max(steepest, Math.abs(product) / norm);
    scale[j] = Math.max(scale[j], norm);
    const factor = scale[j] > 0 ? 1 / scale[j] : 0;
    for (let i = j * m; i < (j + 1) * m; i++) jacobian[i] *= factor;
  }
  return steepest;
}

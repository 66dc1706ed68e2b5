import {
  checkFunction,
  checkNumber,
  checkOptions,
  checkWhole,
  describe,
} from "../runtime/arguments.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import {
  type CurveFitStatus,
  type Evaluation,
  type Iterate,
  iterate,
} from "./curve_fit/iterate.ts";
import {
  type Curve,
  type CurveData,
  type CurveGradient,
  derivatives,
  residuals,
} from "./curve_fit/problem.ts";

export type { Curve, CurveFitStatus, CurveGradient };

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
  readonly damping?: number;
  /**
   * Geodesic acceleration: a step s is corrected by ½ a along the curve's own bend where 2 ‖a‖ / ‖s‖ is at most this;
   * Transtrum & Sethna take 0.75. Two more evaluations for each trial. 0 corrects nothing. @default 0
   */
  readonly acceleration?: number;
}

/** What a fit found. */
export interface CurveFit {
  /** The parameters (n). */
  readonly parameters: number[];
  /** Their standard errors (n): roots of the covariance's diagonal. */
  readonly standardErrors: number[];
  /** s² (JᵀWJ)⁻¹ (n, n) with s² = Σ w r² / (m - n); infinite where the data do not determine it. */
  readonly covariance: number[][];
  /** y - f at the points (m), without weights. */
  readonly residuals: number[];
  /** "converged", "max-iterations", or "damping-limit": no step of any length lowers the sum of squares. */
  readonly status: CurveFitStatus;
  /** Accepted steps. */
  readonly iterations: number;
  /** λ at the end. */
  readonly damping: number;
}

const ACTION = "fit a curve";

/** Pivot of the scaled R, relative to its largest, that is nothing but rounding. */
const RANK_TOLERANCE = 1e-14;

/**
 * Fits a function of parameters to points: minimizes Σ w (y - f(parameters, x))² by Levenberg-Marquardt.
 *
 * What `scipy.optimize.curve_fit` does, in float64, by QR of the Jacobian. It reaches the certified digits of
 * NIST's nonlinear regression problems. A trial step at which the curve is not finite is rejected.
 *
 * Shapes: x (m) of any kind, y (m), start (n). Cost of a step: 2 n + 1 evaluations of the curve at all points, or one of it
 * and one of `jacobian`; 2 m n² flops. The curve may not keep or change the parameters that it is given.
 *
 * @param curve The function; its value at a point.
 * @param x Points; numbers, or whatever the function takes.
 * @param y Values at the points.
 * @throws {TypeError} when an argument has the wrong type, or lengths differ.
 * @throws {RangeError} when there are no points or parameters, a weight is negative or an option is out of range.
 * @throws {NonFiniteError} when a value, or the curve or its derivatives at the start, is not finite.
 *
 * The bits of a fit are as reproducible as those of the function: `Math.exp` and its like differ between engines.
 *
 * Source: Moré 1978 for scaling and factorization; Nielsen 1999 for the damping.
 *
 * @example
 * ```ts
 * import { curveFit } from "curvature";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = [0, 1, 2, 3];
 * const y = [2, 3, 4.5, 6.75];
 * const fit = curveFit(([a, b], x) => a * Math.exp(b * x), x, y, { start: [1, 0] });
 * assertEquals(fit.status, "converged");
 * assertAlmostEquals(fit.parameters[0], 2);
 * assertAlmostEquals(fit.parameters[1], Math.log(1.5));
 * ```
 */
export function curveFit<X>(
  curve: Curve<X>,
  x: ArrayLike<X>,
  y: ArrayLike<number>,
  options: CurveFitOptions<X>,
): CurveFit {
  checkFunction(ACTION, "the curve", curve);
  checkOptions(ACTION, options);
  const { jacobian, weights, tolerance = 1e-9, maxIterations = 1000 } = options;
  const { damping = 1e-3, acceleration = 0 } = options;
  const start = numbers("start", options.start);
  const values = numbers("y", y);
  checkList("x", x, values.length);
  if (jacobian !== undefined) checkFunction(ACTION, "jacobian", jacobian);
  checkNumber(ACTION, "tolerance", tolerance, "proper");
  checkNumber(ACTION, "damping", damping, "positive");
  checkNumber(ACTION, "acceleration", acceleration, "non-negative");
  checkWhole(ACTION, "maxIterations", maxIterations, 0);
  const roots = weights === undefined ? undefined : weightRoots(weights, values.length);
  const data = { curve, gradient: jacobian, x, y: values, roots };
  const begun = evaluateStart(data, start);
  const limits = { tolerance, maxIterations, damping, acceleration };
  return report(data, iterate(data, start, begun, limits));
}

function checkList(what: string, list: unknown, length?: number): void {
  const isList = Array.isArray(list) || (ArrayBuffer.isView(list) && "length" in list);
  if (!isList) {
    throw new TypeError(`Cannot ${ACTION}: ${what} must be an array, not ${describe(list)}`);
  }
  const found = (list as ArrayLike<unknown>).length;
  if (found === 0) throw new RangeError(`Cannot ${ACTION}: ${what} is empty`);
  if (length !== undefined && found !== length) {
    throw new TypeError(`Cannot ${ACTION}: ${what} has ${found} elements, y ${length}`);
  }
}

function numbers(what: string, list: ArrayLike<number>, length?: number): number[] {
  checkList(what, list, length);
  return Array.from(list, (value, i) => {
    if (typeof value !== "number") checkNumber(ACTION, `${what}[${i}]`, value);
    if (!Number.isFinite(value)) throw new NonFiniteError(ACTION, `${what}[${i}]`);
    return value;
  });
}

function weightRoots(weights: ArrayLike<number>, length: number): Float64Array {
  const checked = numbers("weights", weights, length);
  for (const [i, weight] of checked.entries()) {
    checkNumber(ACTION, `weights[${i}]`, weight, "non-negative");
  }
  return Float64Array.from(checked, Math.sqrt);
}

/** Evaluates at the start, and names the first residual or derivative there that is not finite. */
function evaluateStart<X>(data: CurveData<X>, start: readonly number[]): Evaluation {
  const m = data.y.length;
  const r = new Float64Array(m), jacobian = new Float64Array(m * start.length);
  const objective = residuals(data, start, r);
  const at = r.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new NonFiniteError(ACTION, `the curve at the start and x[${at}]`);
  derivatives(data, start, jacobian);
  const bad = jacobian.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return { r, jacobian, objective };
  const [parameter, point] = [Math.floor(bad / m), bad % m];
  throw new NonFiniteError(ACTION, `the derivative in parameter ${parameter} at x[${point}]`);
}

function report<X>(data: CurveData<X>, end: Iterate): CurveFit {
  const { parameters, status, iterations, damping, objective, scale, system } = end;
  const [m, n] = [data.y.length, parameters.length];
  const inverse = m > n ? system.inverseGram(RANK_TOLERANCE) : undefined;
  const variance = 2 * objective / (m - n);
  const covariance = parameters.map((_, i) =>
    parameters.map((_, j) =>
      inverse ? variance * inverse[i * n + j] / (scale[i] * scale[j]) : Infinity
    )
  );
  const { curve, x, y } = data;
  return {
    parameters,
    standardErrors: covariance.map((row, i) => Math.sqrt(row[i])),
    covariance,
    residuals: Array.from(y, (value, i) => value - curve(parameters, x[i])),
    status,
    iterations,
    damping,
  };
}

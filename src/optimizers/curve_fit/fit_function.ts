// A plain function of parameters, fitted by `iterate()`.
import {
  checkFunction,
  checkObject,
  checkOptions,
  describe,
  namesOf,
} from "../../runtime/arguments.ts";
import { DampedLeastSquares } from "../../linalg/damped_least_squares.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import type { InParts } from "../../runtime/parts.ts";
import { ACTION, checkList, iterationLimits, numbers, weightRoots } from "./arguments.ts";
import { parameterErrors } from "./covariance.ts";
import { type Evaluation, type Iterate, iterate } from "./iterate.ts";
import { type Curve, type CurveData, derivatives, residuals } from "./problem.ts";
import type { CurveFit, CurveFitOptions } from "./types.ts";

const NAMES = namesOf<CurveFitOptions<unknown>>({
  start: true,
  jacobian: true,
  weights: true,
  tolerance: true,
  maxIterations: true,
  initialDamping: true,
  acceleration: true,
  signal: true,
});

/** Pivot of the scaled R, relative to its largest, that is nothing but rounding. */
const RANK_TOLERANCE = 1e-14;

/** 2^400, from where on squares are near the end of their range, and 2^600, which brings any number back. */
const [LARGE, UNIT] = [2.5822498780869086e120, 4.149515568880993e180];

/** Fits a function of parameters to points, in parts. */
export function* fitFunction<X>(
  curve: Curve<X>,
  x: ArrayLike<X>,
  y: ArrayLike<number>,
  options: CurveFitOptions<X>,
): InParts<CurveFit> {
  checkCurve(curve);
  checkObject(ACTION, "the options", options, "an object with the start, as { start: [1, 1] }");
  checkOptions(ACTION, options, NAMES);
  const { jacobian, weights } = options;
  const start = numbers("start", options.start);
  const values = numbers("y", y);
  checkList("x", x, values.length);
  if (jacobian !== undefined) checkFunction(ACTION, "jacobian", jacobian);
  const limits = iterationLimits(options);
  const roots = weights === undefined ? undefined : weightRoots(weights, values.length);
  const data = { curve, gradient: jacobian, x, y: values, roots: inRange(roots, values) };
  const begun = evaluateStart(data, start);
  using system = new DampedLeastSquares(values.length, start.length);
  return report(data, system, yield* iterate(data, start, begun, system, limits));
}

/** Refuses what is no function of parameters and a point, as the form that SciPy takes, (x, a, b). */
function checkCurve(curve: unknown): void {
  if (typeof curve !== "function") {
    throw new TypeError(
      `Cannot ${ACTION}: the curve must be a function or a model, not ${describe(curve)}: ` +
        "curveFit(curve, x, y, { start })",
    );
  }
  if (curve.length > 2) {
    throw new TypeError(
      `Cannot ${ACTION}: the curve takes ${curve.length} arguments, but is given two, ` +
        "all parameters and a point: write ([a, b], x) => …",
    );
  }
}

/**
 * Roots of the weights such that squares of the values neither overflow nor vanish: multiplied by a power of 2, which
 * changes nothing else, as parameters and their errors do not depend on the unit of the residuals.
 */
function inRange(
  roots: Float64Array | undefined,
  values: readonly number[],
): Float64Array | undefined {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    largest = Math.max(largest, Math.abs(roots ? roots[i] * values[i] : values[i]));
  }
  const isFine = largest === 0 || (largest > 1 / LARGE && largest < LARGE);
  if (isFine) return roots;
  const factor = largest < 1 ? UNIT : 1 / UNIT;
  return Float64Array.from(values, (_, i) => factor * (roots ? roots[i] : 1));
}

/** Evaluates at the start, and names the first residual or derivative there that is not finite. */
function evaluateStart<X>(data: CurveData<X>, start: readonly number[]): Evaluation {
  const m = data.y.length;
  const r = new Float64Array(m), jacobian = new Float64Array(m * start.length);
  const objective = residuals(data, start, r);
  const at = r.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new NonFiniteError(ACTION, `curve(parameters, x) at the start and x[${at}]`);
  derivatives(data, start, jacobian);
  const bad = jacobian.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return { r, jacobian, objective };
  const [parameter, point] = [Math.floor(bad / m), bad % m];
  throw new NonFiniteError(ACTION, `the derivative in parameter ${parameter} at x[${point}]`);
}

function report<X>(
  { curve, x, y }: CurveData<X>,
  system: DampedLeastSquares,
  { parameters, status, iterations, damping, objective, scale }: Iterate,
): CurveFit {
  return {
    parameters,
    ...parameterErrors({ system, scale }, 2 * objective, RANK_TOLERANCE),
    residuals: Array.from(y, (value, i) => value - curve(parameters, x[i])),
    status,
    iterations,
    damping,
  };
}

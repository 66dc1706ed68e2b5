import { Model } from "../nn/model.ts";
import { finish, finishInTurns, type InParts } from "../runtime/parts.ts";
import { Turns } from "../runtime/turns.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ACTION } from "./curve_fit/arguments.ts";
import { fitFunction } from "./curve_fit/fit_function.ts";
import { fitModel } from "./curve_fit/fit_model.ts";
import type { CurveFitStatus } from "./curve_fit/iterate.ts";
import type { Curve, CurveGradient } from "./curve_fit/problem.ts";
import type { CurveFit, CurveFitOptions, ModelFitOptions } from "./curve_fit/types.ts";

export type { Curve, CurveFit, CurveFitOptions, CurveFitStatus, CurveGradient, ModelFitOptions };

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
 * No timer ticks while it computes, so a `signal` is of use where it says `aborted` by itself: one that the curve aborts,
 * or any object whose `aborted` looks at shared memory. `curveFitAsync()` hears the others.
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
): CurveFit;
/**
 * Fits a model to samples: minimizes Σ w ‖y - f(x)‖² from the parameters that it has, and leaves it with those found.
 *
 * The steps are those of `levenbergMarquardt()` with the whole batch, the Gauss-Newton matrix and its diagonal as scaling;
 * standard errors and covariance come from the QR of the Jacobian. Networks rarely determine every one of their parameters:
 * where the Jacobian has no full rank these are infinite. Use float64; a float32 model is fitted to about six digits.
 *
 * Shapes: x (B, …), y like the model's outputs (B, …), m of the result B K for K outputs. A fit that throws leaves the
 * model as it was. Memory: 16 P² bytes, and 8 B K P for the Jacobian. Deterministic.
 *
 * @param model The model; its parameters are changed.
 * @param x Samples.
 * @param y Their values.
 * @throws {TypeError} when an argument has the wrong type, shape or dtype, or an option is one of a function.
 * @throws {RangeError} when a weight is negative, an option is out of range, the model has no parameters, or so many
 * that matrices would not fit in memory.
 * @throws {NonFiniteError} when a value, or the model at its parameters, is not finite.
 * @throws {DisposedError} when the model or a tensor was disposed.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * Source: Marquardt 1963; Nielsen 1999 for the damping; Moré 1978 for scaling.
 *
 * @example
 * ```ts
 * import { curveFit, dense, sequential, tensor } from "curvature";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1], dtype: "float64" }, [dense(1)]);
 * using x = tensor([[0], [1], [2], [3]], { dtype: "float64" });
 * using y = tensor([[1], [3.1], [4.9], [7]], { dtype: "float64" });
 * const { status, parameters: [slope, offset] } = curveFit(model, x, y);
 * assertEquals(status, "converged");
 * assertAlmostEquals(slope, 1.98);
 * assertAlmostEquals(offset, 1.03);
 * ```
 */
export function curveFit(model: Model, x: Tensor, y: Tensor, options?: ModelFitOptions): CurveFit;
export function curveFit<X>(...args: FunctionFit<X> | ModelFit): CurveFit {
  return finish(ACTION, inParts(args));
}

/**
 * The same as `curveFit()`, to the bit, and lets the event loop run about every 10 ms, or after each trial step of a
 * function and each step of a model: a page stays alive, and a `signal` ends the fit with the status "aborted" and the
 * parameters found so far. Leave the model alone until it has ended.
 *
 * @throws {TypeError} when an argument has the wrong type, shape or dtype, or lengths differ.
 * @throws {RangeError} when there are no points or parameters, a weight is negative or an option is out of range.
 * @throws {NonFiniteError} when a value, or the curve, its derivatives or the model at the start, is not finite.
 * @throws {DisposedError} when the model or a tensor was disposed.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { curveFitAsync } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * const signal = AbortSignal.timeout(10_000);
 * const line = ([a, b]: readonly number[], x: number) => a + b * x;
 * const { status, parameters } = await curveFitAsync(line, [0, 1, 2], [1, 3, 5], {
 *   start: [0, 0],
 *   signal,
 * });
 * assertEquals([status, ...parameters.map(Math.round)], ["converged", 1, 2]);
 * ```
 */
export function curveFitAsync<X>(
  curve: Curve<X>,
  x: ArrayLike<X>,
  y: ArrayLike<number>,
  options: CurveFitOptions<X>,
): Promise<CurveFit>;
/** The same for a model. */
export function curveFitAsync(
  model: Model,
  x: Tensor,
  y: Tensor,
  options?: ModelFitOptions,
): Promise<CurveFit>;
export async function curveFitAsync<X>(...args: FunctionFit<X> | ModelFit): Promise<CurveFit> {
  return await finishInTurns(ACTION, inParts(args), new Turns());
}

function inParts<X>(args: FunctionFit<X> | ModelFit): InParts<CurveFit> {
  return isModelFit(args) ? fitModel(...args) : fitFunction(...args);
}

type FunctionFit<X> = [
  curve: Curve<X>,
  x: ArrayLike<X>,
  y: ArrayLike<number>,
  options: CurveFitOptions<X>,
];

type ModelFit = [model: Model, x: Tensor, y: Tensor, options?: ModelFitOptions | undefined];

function isModelFit<X>(args: FunctionFit<X> | ModelFit): args is ModelFit {
  return args[0] instanceof Model;
}

// A model, fitted where it is by the steps of `levenbergMarquardt()`, with weights within the loss.
import { checkMatrixFits } from "../../curvature/gauss_newton_matrix.ts";
import { DampedLeastSquares } from "../../linalg/damped_least_squares.ts";
import type { Linearization } from "../../nn/linearization.ts";
import { squaredError } from "../../nn/losses/elementwise.ts";
import { checkIsModel, type Model } from "../../nn/model.ts";
import { copy } from "../../ops/vector.ts";
import { withDefaults } from "../../runtime/arguments.ts";
import { machineEpsilon } from "../../runtime/dtype.ts";
import type { InParts } from "../../runtime/parts.ts";
import { clone } from "../../tensor/create.ts";
import { checkTensor, type Tensor } from "../../tensor/tensor.ts";
import { fillJacobianColumns } from "../jacobian_columns.ts";
import { levenbergMarquardt } from "../levenberg_marquardt.ts";
import type { Problem } from "../optimizer.ts";
import { ACTION, iterationLimits, weightRoots } from "./arguments.ts";
import { type ParameterErrors, parameterErrors } from "./covariance.ts";
import type { CurveFitStatus, IterationLimits } from "./iterate.ts";
import { cosineLimit, steepestOf } from "./stationary.ts";
import type { CurveFit, ModelFitOptions } from "./types.ts";
import { weightedSquaredError } from "./weighted_squared_error.ts";

/** Matrices of the order of the parameters in a step: G and its factor. */
const COPIES = 2;

/** Bytes that the Jacobian of a fit may have: as many as in WebAssembly memory. */
const LARGEST_JACOBIAN = 4294967296;

const NO_OPTIONS = Object.freeze({
  weights: undefined,
  tolerance: undefined,
  maxIterations: undefined,
  initialDamping: undefined,
  acceleration: undefined,
  signal: undefined,
});

/** Fits a model to samples, in parts; where that throws, its parameters are as they were. */
export function* fitModel(
  model: Model,
  x: Tensor,
  y: Tensor,
  options: ModelFitOptions = {},
): InParts<CurveFit> {
  checkIsModel(ACTION, model);
  const limits = checkModelOptions(options);
  const { weights } = options;
  checkTensor(ACTION, "x", x);
  checkTensor(ACTION, "y", y);
  checkFits(model, y);
  const roots = weights === undefined ? undefined : weightRoots(weights, x.shape[0], "x");
  const loss = roots ? weightedSquaredError(roots) : squaredError();
  const problem = { model, loss, batch: { input: x, target: y } };
  using before = clone(model.parameters);
  try {
    const course = yield* iterate(problem, roots, limits);
    using lin = model.linearize(loss, problem.batch);
    // In JavaScript: the result is an array of the host's, made once.
    const residuals = Array.from(y.data, (value, i) => value - lin.output.data[i]);
    const parameters = Array.from(model.parameters.data);
    // Their QR may take longer than all steps, which nobody waits for who has given up.
    const errors = course.status === "aborted" ? unknownErrors(parameters) : errorsAt(lin, roots);
    return { parameters, ...errors, residuals, ...course };
  } catch (error) {
    copy(before, model.parameters);
    model.parametersChanged();
    throw error;
  }
}

/** Refuses options that do not exist, or that only a function has; fills defaults in. */
function checkModelOptions(options: ModelFitOptions): IterationLimits {
  for (const name of ["start", "jacobian"]) {
    if (typeof options === "object" && options !== null && name in options) {
      throw new TypeError(
        `Cannot ${ACTION}: ${name} is for functions, a model has parameters and derivatives of its own`,
      );
    }
  }
  withDefaults(ACTION, options, NO_OPTIONS);
  return iterationLimits(options);
}

/** Refuses a model without parameters, or with so many that matrices would not fit. */
function checkFits({ parameterCount: size }: Model, y: Tensor): void {
  if (size === 0) throw new RangeError(`Cannot ${ACTION}: the model has no parameters`);
  checkMatrixFits(ACTION, size, COPIES);
  const bytes = size * y.size * Float64Array.BYTES_PER_ELEMENT;
  if (bytes <= LARGEST_JACOBIAN) return;
  throw new RangeError(
    `Cannot ${ACTION}: the Jacobian of ${y.size} values in ${size} parameters needs ${bytes} bytes, ` +
      `more than ${LARGEST_JACOBIAN}; levenbergMarquardt() needs none, and estimates no errors`,
  );
}

/** Takes steps until one says that no further one helps, there were enough, or the signal ends it. */
function* iterate(
  problem: Problem,
  roots: Float64Array | undefined,
  { maxIterations, signal, ...limits }: IterationLimits,
): InParts<Pick<CurveFit, "status" | "iterations" | "damping">> {
  const options = { ...limits, form: "primal", scaling: "diagonal", gradientTolerance: 0 } as const;
  const optimizer = levenbergMarquardt(options);
  using state = optimizer.init(problem.model);
  let status: CurveFitStatus = "max-iterations";
  let iterations = 0;
  while (iterations < maxIterations) {
    yield;
    if (signal?.aborted) {
      status = "aborted";
      break;
    }
    const { accepted, stop } = optimizer.step(state, problem);
    if (accepted) iterations++;
    if (!stop) continue;
    const isConverged = stop !== "damping" && isStationary(problem, roots, limits.tolerance);
    if (accepted && !isConverged) continue;
    status = isConverged ? "converged" : "damping-limit";
    break;
  }
  return { status, iterations, damping: state.numbers.get("damping") ?? limits.initialDamping };
}

/** Those of a fit that computes none. */
function unknownErrors(parameters: readonly number[]): ParameterErrors {
  return {
    standardErrors: parameters.map(() => NaN),
    covariance: parameters.map(() => parameters.map(() => NaN)),
  };
}

/** True where the residuals are orthogonal to the derivatives, so far as small steps can tell. */
function isStationary(
  { model, loss, batch }: Problem,
  roots: Float64Array | undefined,
  tolerance: number,
): boolean {
  using lin = model.linearize(loss, batch);
  const { output, target, batchSize } = lin, { size: m, dtype } = output;
  const rootOf = (sample: number): number => roots ? roots[sample] : 1;
  const columns = new Float64Array(m * lin.parameterCount), r = new Float64Array(m);
  fillJacobianColumns(lin, rootOf, columns, m);
  const [z, y] = [output.data, target.data];
  let squares = 0, squaresOfValues = 0;
  // In JavaScript: one number for each value, beside a Jacobian with a row for each.
  for (let i = 0; i < m; i++) {
    const root = rootOf(Math.floor(i * batchSize / m));
    r[i] = root * (y[i] - z[i]);
    squares += r[i] * r[i];
    squaresOfValues += root * y[i] * root * y[i];
  }
  const size = Math.sqrt(squares);
  const limit = cosineLimit(tolerance, Math.sqrt(squaresOfValues), size, dtype);
  return size === 0 || steepestOf(columns, r) <= limit * size;
}

/** Standard errors and covariance from the QR of the Jacobian, its columns divided by their lengths. */
function errorsAt(lin: Linearization, roots: Float64Array | undefined): ParameterErrors {
  const { parameterCount: n, output: { size: m, dtype }, loss, batchSize } = lin;
  const columns = new Float64Array(m * n), scale = new Float64Array(n);
  fillJacobianColumns(lin, (sample) => roots ? roots[sample] : 1, columns, m);
  for (let j = 0; j < n; j++) {
    let squares = 0;
    for (let i = j * m; i < (j + 1) * m; i++) squares += columns[i] * columns[i];
    scale[j] = Math.sqrt(squares);
    const factor = scale[j] > 0 ? 1 / scale[j] : 0;
    for (let i = j * m; i < (j + 1) * m; i++) columns[i] *= factor;
  }
  using system = new DampedLeastSquares(m, n);
  system.factor(columns, new Float64Array(m));
  // Derivatives are known to a few roundings of their dtype: a pivot no larger than that counts as zero.
  const rankTolerance = Math.max(m, n) * machineEpsilon(dtype);
  return parameterErrors({ system, scale }, 2 * loss * batchSize, rankTolerance);
}

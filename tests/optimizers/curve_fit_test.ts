import { curveFit, memoryUsage, NonFiniteError } from "../../mod.ts";
import { allNear, equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { CERTIFIED_PARAMETERS, identityBound } from "../_support/tolerance.ts";
import { inverse } from "../oracles/matrices.ts";
import type { Rows } from "../oracles/matrices.ts";

const X = [0, 1, 2, 3, 4, 5];
const Y = [1.1, 1.9, 3.2, 3.9, 5.1, 5.8];
const WEIGHTS = [1, 2, 0, 4, 0.5, 1];

const line = ([a, b]: readonly number[], x: number): number => a + b * x;

/** Weighted least squares of a line by its normal equations. */
function lineOracle(weights: readonly number[]): { parameters: number[]; covariance: Rows } {
  const sum = (f: (i: number) => number) => X.reduce((s, _, i) => s + weights[i] * f(i), 0);
  const gram = [[sum(() => 1), sum((i) => X[i])], [sum((i) => X[i]), sum((i) => X[i] * X[i])]];
  const right = [sum((i) => Y[i]), sum((i) => X[i] * Y[i])];
  const inverted = inverse(gram);
  const parameters = inverted.map((row) => row[0] * right[0] + row[1] * right[1]);
  const variance = sum((i) => (Y[i] - line(parameters, X[i])) ** 2) / (X.length - 2);
  return { parameters, covariance: inverted.map((row) => row.map((v) => v * variance)) };
}

test("curveFit() of a line is linear regression, with and without weights and derivatives", () => {
  for (const weights of [undefined, WEIGHTS]) {
    for (const jacobian of [undefined, (_: readonly number[], x: number) => [1, x]]) {
      const fit = curveFit(line, X, Y, {
        start: [0, 0],
        ...(weights && { weights }),
        ...(jacobian && { jacobian }),
      });
      const { parameters, covariance } = lineOracle(weights ?? X.map(() => 1));
      equal(fit.status, "converged");
      allNear(fit.parameters, parameters, CERTIFIED_PARAMETERS, "parameters");
      allNear(fit.covariance.flat(), covariance.flat(), CERTIFIED_PARAMETERS, "covariance");
      for (const [i, error] of fit.standardErrors.entries()) {
        near(error * error, fit.covariance[i][i], identityBound("float64"), "standard error");
      }
      const residuals = X.map((x, i) => Y[i] - line(fit.parameters, x));
      allNear(fit.residuals, residuals, identityBound("float64"), "residuals");
    }
  }
});

test("curveFit() takes points of any kind, typed arrays, and as many points as parameters", () => {
  const points = [{ u: 1, v: 2 }, { u: 2, v: -1 }, { u: 0, v: 1 }, { u: 3, v: 3 }];
  const plane = ([a, b]: readonly number[], { u, v }: { u: number; v: number }) => a * u + b * v;
  const y = Float64Array.from(points, (point) => plane([3, -2], point));
  const fit = curveFit(plane, points, y, { start: new Float32Array(2) });
  allNear(fit.parameters, [3, -2], CERTIFIED_PARAMETERS, "plane");
  const exact = curveFit(line, [0, 1], [1, 3], { start: [0, 0] });
  allNear(exact.parameters, [1, 2], CERTIFIED_PARAMETERS, "two points");
  equal(exact.standardErrors, [Infinity, Infinity], "nothing is left to estimate errors from");
});

test("curveFit() makes the second-order correction only where it is finite and short", () => {
  // Defined at the start and on the right of it: the differences of the first trials meet what is not a number.
  const edge = ([a]: readonly number[], x: number): number => a < 1 ? NaN : Math.sqrt(a) * x;
  const fit = curveFit(edge, [1, 2, 3], [2, 4, 6], { start: [1.0001], acceleration: 0.75 });
  allNear(fit.parameters, [4], CERTIFIED_PARAMETERS, "edge");
  const short = curveFit(edge, [1, 2, 3], [2, 4, 6], { start: [1.0001], acceleration: 1e-30 });
  const plain = curveFit(edge, [1, 2, 3], [2, 4, 6], { start: [1.0001] });
  equal(short, plain, "no correction is so short");
});

test("curveFit() reports what the data do not determine, and does not throw", () => {
  const sum = ([a, b]: readonly number[], x: number) => (a + b) * x;
  const fit = curveFit(sum, X, Y, { start: [1, 1] });
  equal(fit.status, "converged");
  ok(fit.standardErrors.every((error) => error === Infinity), String(fit.standardErrors));
  const flat = curveFit(() => 0, X, Y, { start: [1, 2, 3] });
  equal(flat.status, "converged", "no parameter matters");
  equal(flat.parameters, [1, 2, 3]);
});

test("curveFit() rejects trial steps where the curve is not finite", () => {
  let isRejected = false;
  const curve = ([a]: readonly number[], x: number): number => {
    const value = a > 0 ? Math.log(a) + x : NaN;
    isRejected ||= Number.isNaN(value);
    return value;
  };
  const fit = curveFit(curve, X, X.map((x) => x - 4), { start: [30] });
  ok(isRejected, "the first steps leave the domain");
  near(fit.parameters[0], Math.exp(-4), CERTIFIED_PARAMETERS, "parameter");
});

test("curveFit() never ends higher than it began, and counts its steps", () => {
  const curve = ([a, b]: readonly number[], x: number) => a * Math.exp(b * x);
  const cost = (p: readonly number[]) => X.reduce((s, x, i) => s + (Y[i] - curve(p, x)) ** 2, 0);
  const start = [3, -2];
  let last = cost(start);
  for (let maxIterations = 0; maxIterations < 8; maxIterations++) {
    const fit = curveFit(curve, X, Y, { start, maxIterations });
    equal(fit.iterations <= maxIterations, true, "iterations");
    ok(cost(fit.parameters) <= last, `${maxIterations} steps`);
    last = cost(fit.parameters);
  }
  equal(curveFit(curve, X, Y, { start, maxIterations: 0 }).parameters, start);
});

test("curveFit() names what it refuses, and takes no kernel memory", () => {
  const { liveBytes } = memoryUsage();
  const start = [0, 0];
  throws(() => curveFit(line, X, [1], { start }), TypeError, /x has 6 elements, y 1/);
  throws(() => curveFit(line, [], [], { start }), RangeError, /y is empty/);
  throws(() => curveFit(line, X, Y, { start: [] }), RangeError, /start is empty/);
  const weights = [1, 1, -1, 1, 1, 1];
  throws(() => curveFit(line, X, Y, { start, weights }), RangeError, /weights\[2\]/);
  throws(() => curveFit(line, X, [...Y.slice(1), NaN], { start }), NonFiniteError, /y\[5\]/);
  throws(() => curveFit(line, X, Y, { start: [0, Infinity] }), NonFiniteError, /start\[1\]/);
  throws(() => curveFit(() => NaN, X, Y, { start }), NonFiniteError, /at the start and x\[0\]/);
  throws(() => curveFit(line, X, Y, { start, jacobian: () => [1] }), TypeError, /gives 1 deriv/);
  const jacobian = () => [1, NaN];
  throws(
    () => curveFit(line, X, Y, { start, jacobian }),
    NonFiniteError,
    /in parameter 1 at x\[0\]/,
  );
  equal(memoryUsage().liveBytes, liveBytes);
});

test("curveFit() with geodesic acceleration goes along Rosenbrock's valley in fewer steps, to the same minimum", () => {
  const valley = ([a, b]: readonly number[], x: number): number => x === 0 ? 10 * (b - a * a) : a;
  const [plain, accelerated] = [0, 0.75].map((acceleration) =>
    curveFit(valley, [0, 1], [0, 1], { start: [-1.2, 1], acceleration })
  );
  ok(accelerated.iterations < plain.iterations, "steps");
  for (const { parameters } of [plain, accelerated]) {
    allNear(parameters, [1, 1], CERTIFIED_PARAMETERS, "minimum");
  }
});

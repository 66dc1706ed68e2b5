// "converged" is said of a minimum: small steps alone do not make one. At every fit that says so the residuals are
// orthogonal to the derivatives; no functions of the host are used, so that all runtimes fit the same numbers.
import { curveFit, dense, relu, sequential, squaredError, tensor } from "../../mod.ts";
import { jacobian } from "../../operators.ts";
import { allNear, equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { FIT_BOUND, LEAST_CONVERGED, STATIONARY_COSINE } from "../_support/tolerance.ts";
import { uniform } from "../oracles/symmetric_matrices.ts";

const X = Array.from({ length: 30 }, (_, i) => i / 5);
const STARTS = 150;

/** A curve with its derivatives, parameters, and the ranges of starts. */
interface CurveCase {
  readonly curve: (p: readonly number[], x: number) => number;
  readonly gradient: (p: readonly number[], x: number) => number[];
  readonly truth: readonly number[];
  readonly ranges: readonly (readonly [number, number])[];
}

/** x^k for whole k. */
const power = (x: number, k: number): number => k === 0 ? 1 : x * power(x, k - 1);

const CURVES: Readonly<Record<string, CurveCase>> = {
  "a / (1 + (b (x - c))²)": {
    curve: ([a, b, c], x) => a / (1 + power(b * (x - c), 2)),
    gradient: ([a, b, c], x) => {
      const u = b * (x - c), d = 1 + u * u;
      return [1 / d, -2 * a * u * (x - c) / (d * d), 2 * a * u * b / (d * d)];
    },
    truth: [2, 1.5, 2],
    ranges: [[-5, 5], [-20, 20], [-5, 10]],
  },
  "a / (1 + b x)³ + c": {
    curve: ([a, b, c], x) => a / power(1 + b * x, 3) + c,
    gradient: ([a, b], x) => [1 / power(1 + b * x, 3), -3 * a * x / power(1 + b * x, 4), 1],
    truth: [3, 0.7, 1],
    ranges: [[-10, 10], [-2, 30], [-5, 5]],
  },
  "a (1 + b x)⁸": {
    curve: ([a, b], x) => a * power(1 + b * x, 8),
    gradient: ([a, b], x) => [power(1 + b * x, 8), 8 * a * x * power(1 + b * x, 7)],
    truth: [1.5, 0.2],
    ranges: [[-5, 5], [-5, 20]],
  },
};

/** The largest cosine between residuals and derivatives. */
function cosine(jacobian: readonly (readonly number[])[], r: readonly number[]): number {
  const length = Math.sqrt(r.reduce((sum, v) => sum + v * v, 0));
  return Math.max(...jacobian[0].map((_, j) => {
    const column = jacobian.map((row) => row[j]);
    const size = Math.sqrt(column.reduce((sum, v) => sum + v * v, 0));
    const product = column.reduce((sum, v, i) => sum + v * r[i], 0);
    return size > 0 && size < Infinity ? Math.abs(product) / (size * length) : 0;
  }));
}

for (const [name, { curve, gradient, truth, ranges }] of Object.entries(CURVES)) {
  test(`where a fit of ${name} says "converged" the residuals are orthogonal to the derivatives`, () => {
    const next = uniform(3), y = X.map((x) => curve(truth, x) + 0.05 * next());
    let converged = 0;
    for (let k = 0; k < STARTS; k++) {
      const start = ranges.map(([low, high]) => low + (high - low) * (next() + 1) / 2);
      for (const options of [{}, { initialDamping: 1e3 }, { acceleration: 0.75 }]) {
        const { status, parameters, residuals } = curveFit(curve, X, y, {
          start,
          jacobian: gradient,
          ...options,
        });
        if (status !== "converged") continue;
        converged++;
        const found = cosine(X.map((x) => gradient(parameters, x)), residuals);
        ok(found <= STATIONARY_COSINE, `from ${start} to ${parameters}: cosine ${found}`);
      }
    }
    ok(converged > LEAST_CONVERGED * STARTS, `${converged} fits converged`);
  });
}

test("a fit does not depend on the unit of its values, from the smallest to the largest", () => {
  const x = [0, 1, 2, 3], y = [1, 3, 5, 7.5];
  const fitIn = (unit: number, weights?: number[]) =>
    curveFit(([a, b], x: number) => (a + b * x) * unit, x, y.map((v) => v * unit), {
      start: [5, 5],
      ...(weights && { weights }),
    });
  for (const weights of [undefined, [1, 2, 1, 0.5]]) {
    const expected = fitIn(1, weights);
    for (const exponent of [-1000, -700, -531, -400, 400, 531, 700, 1000]) {
      const found = fitIn(2 ** exponent, weights);
      equal(found.status, "converged", `2^${exponent}`);
      allNear(found.parameters, expected.parameters, FIT_BOUND.float64, `2^${exponent}`);
      allNear(found.standardErrors, expected.standardErrors, FIT_BOUND.float64, `2^${exponent}`);
    }
  }
});

test("a network at a kink, where no step helps, is not called converged", () => {
  const dtype = "float64", next = uniform(9);
  const rows = Array.from({ length: 40 }, () => [next(), next(), next()]);
  using x = tensor(rows, { dtype });
  using y = tensor(rows.map(([a, b]) => [a * b, next()]), { dtype });
  const ends = new Set<string>();
  for (let seed = 0; seed < 8; seed++) {
    using model = sequential({ input: [3], seed, dtype }, [dense(6), relu(), dense(2)]);
    const { status, residuals } = curveFit(model, x, y, { maxIterations: 300 });
    ends.add(status);
    if (status !== "converged") continue;
    using lin = model.linearize(squaredError(), { input: x, target: y });
    using matrix = jacobian(lin);
    const jacobianRows = Array.from(
      { length: residuals.length },
      (_, i) => [...matrix.data.subarray(i * model.parameterCount, (i + 1) * model.parameterCount)],
    );
    const found = cosine(jacobianRows, residuals);
    ok(found <= STATIONARY_COSINE, `seed ${seed}: cosine ${found}`);
  }
  ok(ends.size > 0, "no fit");
});

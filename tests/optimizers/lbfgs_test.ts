import { dense, lbfgs, type LbfgsOptions, sequential, squaredError } from "../../mod.ts";
import { wolfeSearch } from "../../src/optimizers/wolfe_search.ts";
import { norm } from "../../src/ops/vector.ts";
import { allNear, equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  FLOAT32_TRAJECTORY_BOUND,
  LINEAR_FIT_BOUND,
  SOLVER_TRAJECTORY_BOUND,
} from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import { LbfgsOracle, type LbfgsOracleSettings } from "../oracles/lbfgs.ts";
import { twinProblem, type TwinProblemOptions } from "./_problem.ts";

const STEPS = 12;

interface Case {
  readonly options: LbfgsOptions;
  readonly problem?: TwinProblemOptions;
}

const CASES: Readonly<Record<string, Case>> = {
  "ten pairs": { options: {} },
  "three pairs": { options: { memory: 3 } },
  "one pair": { options: { memory: 1 } },
  "a careful line search": { options: { curvature: 0.05 } },
  "a line search for decrease": { options: { sufficientDecrease: 0.4, curvature: 0.5 } },
  "L2": { options: { l2: 0.05 } },
  "squared error, batch of 4": { options: {}, problem: { lossName: "squaredError", batchSize: 4 } },
  "sigmoid outputs": { options: {}, problem: { lossName: "sigmoidCrossEntropy" } },
};

function run({ options, problem: problemOptions }: Case): void {
  using problem = twinProblem(problemOptions);
  const { model, net, loss, oracle, batches: [{ batch, x, y }] } = problem;
  const optimizer = lbfgs(options);
  const settings = optimizer.options as unknown as LbfgsOracleSettings;
  const twin = new LbfgsOracle(net, oracle, model.parameters.data, settings);
  using state = optimizer.init(model);
  const bound = model.dtype === "float64" ? SOLVER_TRAJECTORY_BOUND : FLOAT32_TRAJECTORY_BOUND;
  const steps = model.dtype === "float64" ? STEPS : 4;
  for (let step = 0; step < steps; step++) {
    const report = optimizer.step(state, { model, loss, batch });
    const length = twin.step(x, y);
    near(report.learningRate, length, bound * Math.max(1, length), `length of step ${step}`);
    equal(report.accepted, true);
  }
  allNear(model.parameters.data, twin.theta, bound, "parameters");
}

for (const [name, one] of Object.entries(CASES)) {
  test(`lbfgs() takes the oracle's ${STEPS} steps: ${name}`, () => run(one));
}

test("lbfgs() follows the oracle in float32", () => {
  run({ options: {}, problem: { dtype: "float32" } });
});

test("lbfgs() satisfies the strong Wolfe conditions in every step", () => {
  for (const curvature of [0.1, 0.9]) {
    using problem = twinProblem();
    const { model, loss, batches: [{ batch }] } = problem;
    const optimizer = lbfgs({ curvature });
    using state = optimizer.init(model);
    for (let step = 0; step < 15; step++) {
      const measure = (): { value: number; gradient: number[] } => {
        using lin = model.linearize(loss, batch);
        using gradient = lin.gradient();
        return { value: lin.loss, gradient: [...gradient.data] };
      };
      const origin = model.parameters.data.slice(), before = measure();
      optimizer.step(state, { model, loss, batch });
      const after = measure();
      const change = model.parameters.data.map((x, i) => x - origin[i]);
      const slope = (g: number[]): number => g.reduce((sum, x, i) => sum + x * change[i], 0);
      const initial = slope(before.gradient);
      ok(after.value <= before.value + 1e-4 * initial, `decrease of step ${step}`);
      ok(Math.abs(slope(after.gradient)) <= -curvature * initial, `slope of step ${step}`);
    }
  }
});

test("lbfgs() fits linear least squares, and then stays where it is", () => {
  for (const dtype of DTYPES) {
    using model = sequential({ input: [3], seed: 2, dtype }, [dense(2)]);
    using input = tensorOf(randomRows(1, 9, 3), dtype);
    using target = tensorOf(randomRows(2, 9, 2), dtype);
    const batch = { input, target }, loss = squaredError();
    const optimizer = lbfgs({ curvature: 0.1 });
    using state = optimizer.init(model);
    let last = Infinity;
    for (let step = 0; step < 60; step++) {
      const report = optimizer.step(state, { model, loss, batch });
      ok(report.loss <= last, `${dtype}, step ${step}: ${report.loss} after ${last}`);
      last = report.loss;
    }
    using lin = model.linearize(loss, batch);
    using gradient = lin.gradient();
    const bound = dtype === "float64" ? LINEAR_FIT_BOUND : FLOAT32_TRAJECTORY_BOUND;
    ok(norm(gradient) <= bound, `${dtype}: gradient ${norm(gradient)}`);
  }
});

test("wolfeSearch() finds a point behind walls, and none where there is none", () => {
  const options = { sufficientDecrease: 1e-4, curvature: 0.1, maxEvaluations: 60 };
  const walled = (length: number) =>
    length > 1.5
      ? { length, value: Infinity, slope: NaN }
      : { length, value: (length - 1) ** 2, slope: 2 * (length - 1) };
  for (const first of [1e-3, 1, 100]) {
    const found = wolfeSearch(walled, walled(0), first, options);
    ok(found && Math.abs(found.slope) <= 0.2, `from ${first}: ${found?.length}`);
  }
  const lying = (length: number) => ({ length, value: length, slope: -1 });
  equal(wolfeSearch(lying, lying(0), 1, options), undefined);
});

test("lbfgs() refuses conditions that exclude each other, and options out of range", () => {
  throws(() => lbfgs({ sufficientDecrease: 0.9, curvature: 0.5 }), RangeError, /below curvature/);
  throws(() => lbfgs({ curvature: 1 }), RangeError, /curvature/);
  throws(() => lbfgs({ memory: 0 }), RangeError, /memory/);
  throws(() => lbfgs({ maxEvaluations: 0 }), RangeError, /maxEvaluations/);
  throws(() => lbfgs({ l2: -1 }), RangeError, /l2/);
  using problem = twinProblem();
  const { model, loss, batches: [{ batch }] } = problem;
  const optimizer = lbfgs({ curvature: (step) => step === 0 ? 0.9 : 1e-5 });
  using state = optimizer.init(model);
  optimizer.step(state, { model, loss, batch });
  throws(() => optimizer.step(state, { model, loss, batch }), RangeError, /below curvature/);
});

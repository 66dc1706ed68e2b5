import { clone, heavyBall, matmul, movingAverage, nesterov, shampoo, Tensor } from "../../mod.ts";
import type { ShampooOptions } from "../../mod.ts";
import { inverseFourthRoot } from "../../src/linalg/inverse_fourth_root.ts";
import { allNear, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  FLOAT32_TRAJECTORY_BOUND,
  identityBound,
  SOLVER_TRAJECTORY_BOUND,
} from "../_support/tolerance.ts";
import { DTYPES } from "../_support/twins.ts";
import { randomPositive } from "../linalg/operators/_cases.ts";
import { asTensor } from "../oracles/dense_algebra.ts";
import { ShampooOracle, type ShampooOracleSettings } from "../oracles/shampoo.ts";
import { twinProblem, type TwinProblemOptions } from "./_problem.ts";

const STEPS = 12;
const MILD = { epsilon: 0.01 };

interface Case {
  readonly options: ShampooOptions;
  readonly problem?: TwinProblemOptions;
}

const CASES: Readonly<Record<string, Case>> = {
  "algorithm 1": { options: { ...MILD, rootInterval: 1, warmupSteps: 0 } },
  "roots now and then": { options: { ...MILD, rootInterval: 4, warmupSteps: 3 } },
  "grafting": { options: { ...MILD, grafting: "gradient" } },
  "heavy-ball momentum": { options: { ...MILD, momentum: heavyBall(0.8), learningRate: 0.02 } },
  "Nesterov momentum": { options: { ...MILD, momentum: nesterov(0.8), learningRate: 0.02 } },
  "a moving average": { options: { ...MILD, momentum: movingAverage(0.5) } },
  "L2 and decoupled decay": { options: { ...MILD, l2: 0.01, weightDecay: 0.1 } },
  "a schedule": { options: { ...MILD, learningRate: (step) => 0.3 / (1 + step) } },
  "squared error, batch of 1": {
    options: MILD,
    problem: { lossName: "squaredError", batchSize: 1 },
  },
  "rectified units without bias": {
    options: MILD,
    problem: { layers: [{ units: 7, activation: "relu", bias: false }, { units: 3 }] },
  },
};

function run({ options, problem: problemOptions }: Case): void {
  using problem = twinProblem(problemOptions);
  const { model, net, loss, oracle, batches } = problem;
  const optimizer = shampoo(options);
  const settings = optimizer.options as unknown as ShampooOracleSettings;
  const twin = new ShampooOracle(net, oracle, model.parameters.data, settings);
  using state = optimizer.init(model);
  const bound = model.dtype === "float64" ? SOLVER_TRAJECTORY_BOUND : FLOAT32_TRAJECTORY_BOUND;
  for (let step = 0; step < STEPS; step++) {
    const { batch, x, y } = batches[step % batches.length];
    const report = optimizer.step(state, { model, loss, batch });
    const expected = twin.step(x, y);
    near(report.loss, expected, bound * Math.max(1, expected), `loss of step ${step}`);
  }
  allNear(model.parameters.data, twin.theta, bound, "parameters");
  for (const [i, { name }] of model.sites.entries()) {
    for (const [side, rows] of Object.entries(twin.sides[i])) {
      const found = state.tensors.get(`${name}.${side}`);
      ok(found, `the state has no ${side} of ${name}`);
      allNear(found.data, rows.flat(), bound, `${side} of ${name}`);
    }
  }
}

for (const [name, one] of Object.entries(CASES)) {
  test(`shampoo() takes the oracle's ${STEPS} steps: ${name}`, () => run(one));
}

test("shampoo() follows the oracle in float32", () => {
  run({ options: { epsilon: 0.1 }, problem: { dtype: "float32" } });
});

test("the first step along a gradient of rank one has the length of the learning rate", () => {
  using problem = twinProblem({ batchSize: 1, layers: [{ units: 3 }] });
  const { model, loss, batches: [{ batch }] } = problem;
  const optimizer = shampoo({ epsilon: 1e-12, learningRate: 0.25 });
  using state = optimizer.init(model);
  // G = |G| u vᵀ: L^(-1/4) and R^(-1/4) each divide it by the root of |G|.
  const { stepNorm } = optimizer.step(state, { model, loss, batch });
  near(stepNorm, 0.25, SOLVER_TRAJECTORY_BOUND);
});

test("inverseFourthRoot() to the fourth power is the inverse, and exactly symmetric", () => {
  for (const dtype of DTYPES) {
    using a = asTensor(randomPositive(9, 1), dtype);
    using root = new Tensor(dtype, a.shape);
    inverseFourthRoot(a, 1e-12, root);
    using square = matmul(root, root);
    using fourth = matmul(square, square);
    using product = matmul(fourth, a);
    const identity = Array.from({ length: 81 }, (_, i) => i % 10 === 0 ? 1 : 0);
    allNear(product.data, identity, 1e3 * identityBound(dtype), dtype);
    root.data.forEach((x, i) => ok(x === root.data[i % 9 * 9 + Math.floor(i / 9)], "symmetric"));
  }
});

test("inverseFourthRoot() raises what is below the floor to it", () => {
  using a = asTensor([[16, 0], [0, 1e-20]], "float64");
  using root = clone(a);
  inverseFourthRoot(a, 1 / 81, root);
  allNear(root.data, [0.5, 0, 0, 3], identityBound("float64"));
});

test("shampoo() refuses options that have no meaning", () => {
  throws(() => shampoo({ epsilon: 0 }), RangeError, /epsilon/);
  throws(() => shampoo({ rootInterval: 0 }), RangeError, /rootInterval/);
  throws(() => shampoo({ warmupSteps: -1 }), RangeError, /warmupSteps/);
  throws(() => shampoo({ grafting: "sgd" as never }), TypeError, /"none" or "gradient"/);
  throws(() => shampoo({ momentum: "0.9" as never }), TypeError, /heavyBall/);
});

import {
  adam,
  type AdamOptions,
  adamw,
  heavyBall,
  movingAverage,
  nesterov,
  type Optimizer,
  sgd,
  type SgdOptions,
} from "../../mod.ts";
import { allNear, near } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { FIRST_ORDER_TRAJECTORY_BOUND, FLOAT32_TRAJECTORY_BOUND } from "../_support/tolerance.ts";
import { DTYPES } from "../_support/twins.ts";
import { AdamOracle, type AdamOracleSettings } from "../oracles/adam.ts";
import { evaluate, flatten, unflatten } from "../oracles/mlp.ts";
import { SgdOracle, type SgdOracleSettings } from "../oracles/sgd.ts";
import { at, regularized, type UpdateSettings } from "../oracles/update.ts";
import { twinProblem } from "./_problem.ts";

const STEPS = 20;

interface Follower {
  readonly theta: number[];
  step(gradient: readonly number[]): void;
}

type MakeFollower = (theta: ArrayLike<number>, settings: unknown) => Follower;

function follow(optimizer: Optimizer, make: MakeFollower): void {
  for (const dtype of DTYPES) {
    using problem = twinProblem({ dtype });
    const { model, net, loss, oracle, batches } = problem;
    const twin = make(model.parameters.data, optimizer.options);
    using state = optimizer.init(model);
    const bound = dtype === "float64" ? FIRST_ORDER_TRAJECTORY_BOUND : FLOAT32_TRAJECTORY_BOUND;
    const l2 = (optimizer.options as unknown as UpdateSettings).l2;
    for (let step = 0; step < STEPS; step++) {
      const { batch, x, y } = batches[step % batches.length];
      const report = optimizer.step(state, { model, loss, batch });
      const expected = evaluate(net, oracle, unflatten(net, twin.theta), x, y);
      near(report.loss, expected.loss, bound * expected.loss, `loss of step ${step}`);
      twin.step(regularized(flatten(expected.gradient), twin.theta, at(l2, step)));
    }
    allNear(model.parameters.data, twin.theta, bound, "parameters");
  }
}

const SGD_CASES: Readonly<Record<string, SgdOptions>> = {
  "plain": { learningRate: 0.1 },
  "heavy-ball momentum": { learningRate: 0.05, momentum: heavyBall(0.9) },
  "Nesterov momentum": { learningRate: 0.05, momentum: nesterov(0.9) },
  "a moving average": { learningRate: 0.1, momentum: movingAverage(0.9) },
  "L2": { learningRate: 0.1, l2: 0.01 },
  "decoupled decay": { learningRate: 0.1, weightDecay: 0.1 },
  "schedules": { learningRate: (step) => 0.1 / (1 + step), l2: (step) => 0.01 * step },
};

for (const [name, options] of Object.entries(SGD_CASES)) {
  test(`sgd() takes the oracle's 20 steps: ${name}`, () => {
    follow(sgd(options), (theta, settings) => new SgdOracle(theta, settings as SgdOracleSettings));
  });
}

const ADAM_CASES: Readonly<Record<string, AdamOptions>> = {
  "defaults": {},
  "other moments": { learningRate: 0.01, beta1: 0.5, beta2: 0.9, epsilon: 1e-4 },
  "no first moment": { learningRate: 0.01, beta1: 0 },
  "L2": { learningRate: 0.01, l2: 0.01 },
  "schedules": { learningRate: (step) => 0.05 / (1 + step), weightDecay: (step) => 0.1 * step },
};

for (const make of [adam, adamw]) {
  for (const [name, options] of Object.entries(ADAM_CASES)) {
    test(`${make.name}() takes the oracle's 20 steps: ${name}`, () => {
      follow(
        make(options),
        (theta, settings) => new AdamOracle(theta, settings as AdamOracleSettings),
      );
    });
  }
}

import { heavyBall, kfac, type KfacOptions, type Loss, nesterov, type Tensor } from "../../mod.ts";
import { allNear, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { FLOAT32_TRAJECTORY_BOUND, TRAJECTORY_BOUND } from "../_support/tolerance.ts";
import { LOSS_CASES } from "../_support/twins.ts";
import { KfacOracle, type KfacOracleSettings } from "../oracles/kfac.ts";
import type { Rows } from "../oracles/matrices.ts";
import { twinProblem, type TwinProblemOptions } from "./_problem.ts";

const STEPS = 20;

interface Case {
  readonly options: KfacOptions;
  readonly problem?: TwinProblemOptions;
  readonly warm?: boolean;
}

const CASES: Readonly<Record<string, Case>> = {
  "sampled targets": { options: {} },
  "empirical targets": { options: { fisher: "empirical" } },
  "the exact Fisher": { options: { fisher: "exact" } },
  "plain damping": { options: { split: "plain", fisher: "exact" } },
  "a warm start": { options: {}, warm: true },
  "a warm start with the exact Fisher": { options: { fisher: "exact" }, warm: true },
  "intervals": { options: { factorInterval: 3, inverseInterval: 4, warmupSteps: 6 } },
  "intervals without warm-up": {
    options: { factorInterval: 4, inverseInterval: 3, warmupSteps: 0 },
  },
  "heavy-ball momentum": { options: { momentum: heavyBall(0.8), learningRate: 0.02 } },
  "Nesterov momentum": { options: { momentum: nesterov(0.8), learningRate: 0.02 } },
  "L2 and decoupled decay": { options: { l2: 0.01, weightDecay: 0.1 } },
  "schedules": {
    options: { learningRate: (step) => 0.2 / (1 + step), damping: (step) => 0.1 + 0.01 * step },
  },
  "another decay of the factors": { options: { decay: 0.5 } },
  "class weights": { options: { fisher: "exact" }, problem: { lossName: "softmaxWeights" } },
  "sigmoid outputs, sampled": { options: {}, problem: { lossName: "sigmoidCrossEntropy" } },
  "sigmoid outputs, exact": {
    options: { fisher: "exact" },
    problem: { lossName: "sigmoidCrossEntropy" },
  },
  "squared error, sampled": { options: {}, problem: { lossName: "squaredError" } },
  "squared error, exact, batch of 1": {
    options: { fisher: "exact" },
    problem: { lossName: "squaredError", batchSize: 1 },
  },
  "rectified units without bias": {
    options: {},
    problem: { layers: [{ units: 7, activation: "relu", bias: false }, { units: 3 }] },
  },
};

/** A loss that keeps what it draws, class indices as dense rows. */
function recording(loss: Loss, drawn: Rows[]): Loss {
  const { sample } = loss;
  if (!sample) return loss;
  return {
    ...loss,
    sample: (output, key) => {
      const target = sample(output, key);
      const [samples, outputs] = output.shape;
      const isIndices = target.shape.length === 1;
      drawn.push(
        Array.from(
          { length: samples },
          (_, n) =>
            Array.from(
              { length: outputs },
              (_, k) => isIndices ? Number(target.data[n] === k) : target.data[n * outputs + k],
            ),
        ),
      );
      return target;
    },
  };
}

function run({ options, problem: problemOptions, warm = false }: Case): void {
  using problem = twinProblem(problemOptions);
  const { model, net, oracle, batches } = problem;
  const drawn: Rows[] = [];
  const loss = recording(problem.loss, drawn);
  const optimizer = kfac(options);
  const twin = new KfacOracle(
    net,
    oracle,
    model.parameters.data,
    optimizer.options as unknown as KfacOracleSettings,
  );
  const warmStart = batches.map(({ batch }) => batch);
  using state = optimizer.init(model, warm ? { loss, warmStart } : {});
  if (warm) twin.warmStart(batches.map(({ x, y }) => ({ x, y, sampled: drawn.shift() })));
  const bound = model.dtype === "float64" ? TRAJECTORY_BOUND : FLOAT32_TRAJECTORY_BOUND;
  for (let step = 0; step < STEPS; step++) {
    const { batch, x, y } = batches[step % batches.length];
    const report = optimizer.step(state, { model, loss, batch });
    const expected = twin.step(x, y, drawn.shift());
    near(report.loss, expected, bound * Math.max(1, expected), `loss of step ${step}`);
  }
  allNear(model.parameters.data, twin.theta, bound, "parameters");
  allNear(tensorNamed(state.tensors, "momentum").data, twin.momentum, bound, "momentum");
  for (const [i, { name }] of model.sites.entries()) {
    for (const [part, rows] of Object.entries(twin.sites[i])) {
      allNear(tensorNamed(state.tensors, `${name}.${part}`).data, rows.flat(), bound, part);
    }
  }
}

function tensorNamed(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const found = tensors.get(name);
  ok(found, `the state has no tensor ${name}`);
  return found;
}

for (const [name, one] of Object.entries(CASES)) {
  test(`kfac() takes the oracle's 20 steps: ${name}`, () => run(one));
}

test("kfac() follows the oracle in float32", () => {
  for (const split of ["pi", "plain"] as const) {
    run({ options: { split, fisher: "exact" }, problem: { dtype: "float32" } });
  }
});

test("kfac() refuses losses that cannot make its factors", () => {
  using problem = twinProblem();
  const { model, batches: [{ batch }] } = problem;
  const refuses = (options: KfacOptions, loss: Loss, pattern: RegExp): void => {
    const optimizer = kfac(options);
    using state = optimizer.init(model);
    throws(() => optimizer.step(state, { model, loss, batch }), TypeError, pattern);
  };
  const { loss } = LOSS_CASES.zeroOneIndices;
  refuses({}, loss, /expectedZeroOne.*predictive distribution/);
  refuses({ fisher: "exact" }, loss, /expectedZeroOne.*convex/);
});

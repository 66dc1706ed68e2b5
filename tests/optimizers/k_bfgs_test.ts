import { heavyBall, kBfgs, type KBfgsOptions, movingAverage, nesterov } from "../../mod.ts";
import type { Schedule, Tensor } from "../../mod.ts";
import { allNear, equal, near, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { FLOAT32_TRAJECTORY_BOUND, TRAJECTORY_BOUND } from "../_support/tolerance.ts";
import { KBfgsOracle, type KBfgsOracleSettings } from "../oracles/k_bfgs.ts";
import { twinProblem, type TwinProblemOptions } from "./_problem.ts";

const STEPS = 20;

interface Case {
  readonly options: KBfgsOptions;
  readonly problem?: TwinProblemOptions;
  readonly warm?: boolean;
}

const halving: Schedule = (step) => 0.4 / (1 + step / 10);

const CASES: Readonly<Record<string, Case>> = {
  "mode improved": { options: {} },
  "mode improved with a warm start": { options: {}, warm: true },
  "mode 2020": { options: { mode: "2020" } },
  "mode 2020 with a warm start": { options: { mode: "2020" }, warm: true },
  "heavy-ball momentum": { options: { momentum: heavyBall(0.8), learningRate: 0.05 } },
  "Nesterov momentum": { options: { momentum: nesterov(0.8), learningRate: 0.05, mode: "2020" } },
  "a moving average without decay": { options: { momentum: movingAverage(0), decay: 0 } },
  "L2": { options: { l2: 0.01, mode: "2020" }, warm: true },
  "decoupled weight decay": { options: { weightDecay: 0.1 } },
  "schedules": {
    options: { learningRate: halving, damping: (step) => 0.5 / (1 + step), l2: halving },
    warm: true,
  },
  "memory 4, with evictions": { options: { memory: 4 } },
  "memory 3 in mode 2020, with evictions": { options: { memory: 3, mode: "2020" }, warm: true },
  "memory 1": { options: { memory: 1 } },
  "sigmoid outputs": { options: {}, problem: { lossName: "sigmoidCrossEntropy" } },
  "squared error, batch of 1": {
    options: { mode: "2020" },
    problem: { lossName: "squaredError", batchSize: 1 },
  },
  "rectified units without bias": {
    options: { learningRate: 0.1 },
    problem: { layers: [{ units: 7, activation: "relu", bias: false }, { units: 3 }] },
  },
};

/** Runs both, comparing losses; returns what they end with. */
function run({ options, problem: problemOptions, warm = false }: Case, steps = STEPS) {
  using problem = twinProblem(problemOptions);
  const { model, net, loss, oracle, batches } = problem;
  const optimizer = kBfgs(options);
  const settings = optimizer.options as unknown as KBfgsOracleSettings;
  const twin = new KBfgsOracle(net, oracle, model.parameters.data, settings);
  const warmStart = batches.map(({ batch }) => batch);
  using state = optimizer.init(model, warm ? { loss, warmStart } : {});
  if (warm) twin.warmStart(batches.map(({ x }) => x));
  const bound = model.dtype === "float64" ? TRAJECTORY_BOUND : FLOAT32_TRAJECTORY_BOUND;
  let skipped = 0;
  for (let step = 0; step < steps; step++) {
    const { batch, x, y } = batches[step % batches.length];
    const report = optimizer.step(state, { model, loss, batch });
    const expected = twin.step(x, y);
    near(report.loss, expected, bound * Math.max(1, expected), `loss of step ${step}`);
    skipped += report.skippedUpdates ?? 0;
  }
  allNear(model.parameters.data, twin.theta, bound, "parameters");
  allNear(tensorNamed(state.tensors, "momentum").data, twin.momentum, bound, "momentum");
  for (const [i, { name }] of model.sites.entries()) {
    const part = (
      what: string,
    ): number[] => [...tensorNamed(state.tensors, `${name}.${what}`).data];
    const { inputInverse, outputInverse, s, y, pairs, inputFactor } = twin.sites[i];
    allNear(part("inputInverse"), inputInverse.flat(), bound, `${name} H_a`);
    allNear(part("s"), s, bound, `${name} s`);
    allNear(part("y"), y, bound, `${name} y`);
    if (options.mode === "2020") {
      allNear(part("inputFactor"), inputFactor.flat(), bound, `${name} A`);
    }
    if (options.memory === undefined) {
      allNear(part("outputInverse"), outputInverse.flat(), bound, `${name} H_g`);
    } else {
      const width = s.length;
      for (const [k, pair] of pairs.entries()) {
        const stored = part("pairs").slice(2 * k * width, 2 * (k + 1) * width);
        allNear(ofUnitLength(stored, width), ofUnitLength(pair.flat(), width), bound, "pairs");
      }
    }
  }
  equal(skipped, twin.skipped, "skipped updates");
  return { theta: [...model.parameters.data], twin };
}

/** A pair scaled to ‖s‖ = 1: updates do not depend on the common factor. */
function ofUnitLength(pair: readonly number[], width: number): number[] {
  const length = Math.hypot(...pair.slice(0, width));
  return pair.map((x) => x / length);
}

function tensorNamed(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const found = tensors.get(name);
  ok(found, `the state has no tensor ${name}`);
  return found;
}

for (const [name, one] of Object.entries(CASES)) {
  test(`kBfgs() takes the oracle's 20 steps: ${name}`, () => void run(one));
}

test("kBfgs() follows the oracle in float32", () => {
  for (const mode of ["2020", "improved"] as const) {
    for (const memory of [undefined, 5]) {
      run({ options: { mode, memory }, problem: { dtype: "float32" } });
    }
  }
});

test("kBfgs() with memory for every pair is the dense form", () => {
  for (const mode of ["2020", "improved"] as const) {
    const dense = run({ options: { mode } });
    const limited = run({ options: { mode, memory: STEPS } });
    allNear(limited.theta, dense.theta, TRAJECTORY_BOUND, mode);
  }
});

test("the comparison of kBfgs() exercises both stages of damping", () => {
  const { twin } = run({ options: { mode: "2020", learningRate: 1 } }, 60);
  ok(twin.damped.powell > 0, "Powell's damping was never active");
  ok(twin.damped.second > 0, "the second stage was never active");
});

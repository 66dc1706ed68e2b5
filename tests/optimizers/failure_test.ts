// A step completes or leaves parameters and state exactly as they were.
import { kBfgs, NonFiniteError, sgd } from "../../mod.ts";
import type { Optimizer, OptimizerState, Problem } from "../../mod.ts";
import { equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { IS_DENO } from "../_support/scale.ts";
import { DTYPES } from "../_support/twins.ts";
import { TABLE } from "./_method_table.ts";
import { METHODS } from "./_methods.ts";
import { type TwinProblem, twinProblem, type TwinProblemOptions } from "./_problem.ts";
import { allFinite, sameSnapshot, snapshot } from "./_snapshot.ts";

/** Damages a problem before a step; returns what repairs it. */
type Poison = (problem: TwinProblem) => () => void;

function replaced(
  data: (problem: TwinProblem) => Float32Array | Float64Array,
  value: number,
): Poison {
  return (problem) => {
    const array = data(problem);
    const index = array.length >> 1, kept = array[index];
    array[index] = value;
    problem.model.parametersChanged();
    return () => {
      data(problem)[index] = kept;
      problem.model.parametersChanged();
    };
  };
}

const input = ({ batches: [{ batch }] }: TwinProblem) => batch.input.data;
const target = ({ batches: [{ batch }] }: TwinProblem) => batch.target.data;
const parameter = ({ model }: TwinProblem) => model.parameters.data;

interface Injection {
  readonly poison: Poison;
  readonly where: RegExp;
  readonly problem?: TwinProblemOptions;
}

const INJECTIONS: Readonly<Record<string, Injection>> = {
  "NaN in the input": { poison: replaced(input, NaN), where: /input element 16/ },
  "infinity in the input": { poison: replaced(input, -Infinity), where: /input element 16/ },
  "NaN in a class index": { poison: replaced(target, NaN), where: /target element 4/ },
  "NaN in a target": {
    poison: replaced(target, NaN),
    where: /target element 12/,
    problem: { lossName: "squaredError" },
  },
  "NaN in a weight": { poison: replaced(parameter, NaN), where: /site "dense_2", parameters/ },
  "infinity in a weight": { poison: replaced(parameter, Infinity), where: /site "dense_2", param/ },
};

/** Steps before the injection: on Deno none, inside warm-up, later; elsewhere later. */
const MOMENTS = IS_DENO ? [0, 1, 4] : [4];

function failsCleanly(
  optimizer: Optimizer,
  state: OptimizerState,
  problem: Problem,
  where: RegExp,
  name: string,
): void {
  const before = snapshot(problem.model, state);
  throws(() => optimizer.step(state, problem), NonFiniteError, where);
  sameSnapshot(snapshot(problem.model, state), before, name);
}

for (const [what, { poison, where, problem: options }] of Object.entries(INJECTIONS)) {
  test(`${what} is named in its step, and the step did not happen`, () => {
    for (const dtype of DTYPES) {
      for (const [name, optimizer] of Object.entries(METHODS)) {
        for (const moment of MOMENTS) {
          using problem = twinProblem({ dtype, ...options });
          using twin = twinProblem({ dtype, ...options });
          using state = optimizer.init(problem.model);
          using twinState = optimizer.init(twin.model);
          const step = (p: TwinProblem, s: OptimizerState): void =>
            void optimizer.step(s, { model: p.model, loss: p.loss, batch: p.batches[0].batch });
          for (let i = 0; i < moment; i++) {
            step(problem, state);
            step(twin, twinState);
          }
          const repair = poison(problem);
          const { model, loss, batches: [{ batch }] } = problem;
          failsCleanly(optimizer, state, { model, loss, batch }, where, `${name}, ${dtype}`);
          repair();
          for (let i = 0; i < 3; i++) {
            step(problem, state);
            step(twin, twinState);
          }
          const [after, expected] = [snapshot(model, state), snapshot(twin.model, twinState)];
          sameSnapshot(after, expected, `${name}, ${dtype}: training afterwards`);
        }
      }
    }
  });
}

test("a learning rate that throws the parameters out of range is refused before it does", () => {
  for (const [name, { name: method, options }] of Object.entries(METHODS)) {
    if (!("learningRate" in options)) continue;
    using problem = twinProblem({ dtype: "float32" });
    const { model, loss, batches: [{ batch }] } = problem;
    const reckless = TABLE[method].make({ ...options, learningRate: 1e39 });
    using state = reckless.init(model);
    failsCleanly(reckless, state, { model, loss, batch }, /new parameters/, name);
    METHODS[name].step(state, { model, loss, batch });
    allFinite(model, state, name);
  }
});

test("kBfgs() takes a step back when the second pass overflows", () => {
  for (const mode of ["2020", "improved"] as const) {
    for (const momentsBefore of MOMENTS) {
      using problem = twinProblem({
        dtype: "float32",
        lossName: "squaredError",
        layers: [{ units: 5 }, { units: 4 }, { units: 3 }],
      });
      const { model, loss, batches: [{ batch }] } = problem;
      const enormous = 1e15; // parameters of 1e15 stay finite, products of three layers do not
      const optimizer = kBfgs({
        mode,
        learningRate: (step) => step < momentsBefore ? 0.01 : enormous,
      });
      using state = optimizer.init(model);
      for (let i = 0; i < momentsBefore; i++) optimizer.step(state, { model, loss, batch });
      failsCleanly(optimizer, state, { model, loss, batch }, /site "dense_|the loss/, mode);
      const calm = kBfgs({ mode, learningRate: 0.01 });
      const before = calm.step(state, { model, loss, batch }).loss;
      for (let i = 0; i < 10; i++) calm.step(state, { model, loss, batch });
      ok(calm.step(state, { model, loss, batch }).loss < before, "training went on");
      allFinite(model, state, mode);
    }
  }
});

test("kBfgs() takes a step back when saturated units hide an overflow from the loss", () => {
  for (const mode of ["2020", "improved"] as const) {
    using problem = twinProblem({
      dtype: "float32",
      layers: [{ units: 5, activation: "tanh" }, { units: 3 }],
    });
    const { model, loss, batches: [{ batch }] } = problem;
    // One feature alone, so that an output is infinite and not the NaN of a difference.
    for (const i of batch.input.data.keys()) if (i % 4 !== 0) batch.input.data[i] = 0;
    for (let i = 0; i < batch.input.size; i += 4) batch.input.data[i] = 1000;
    const { offset } = model.sites[1];
    for (let i = offset; i < model.parameterCount; i++) model.parameters.data[i] *= 300;
    for (let i = 0; i < offset; i++) model.parameters.data[i] /= 1000; // not yet saturated
    model.parametersChanged();
    const reckless = kBfgs({ mode, learningRate: 1e38, damping: 0.9 });
    using state = reckless.init(model);
    const where = /site "dense_1", outputs after the step/;
    failsCleanly(reckless, state, { model, loss, batch }, where, mode);
  }
});

test("kBfgs() without a limit accepts every finite step, from losses of zero and below too", () => {
  using problem = twinProblem({ lossName: "poisson" });
  const { model, loss, batches: [{ batch }] } = problem;
  batch.target.data.fill(9); // e^z - 9 z is negative at its minimum
  const optimizer = kBfgs();
  using state = optimizer.init(model);
  let last = optimizer.step(state, { model, loss, batch });
  for (let step = 0; step < 60; step++) {
    last = optimizer.step(state, { model, loss, batch });
    ok(last.accepted, `step ${step} was taken back at a loss of ${last.loss}`);
  }
  ok(last.loss < 0, `the loss is ${last.loss}`);
});

test("weight decay that throws the parameters out of range is refused before it does", () => {
  using problem = twinProblem({ dtype: "float32" });
  const { model, loss, batches: [{ batch }] } = problem;
  for (const weightDecay of [1e38, 1e300]) {
    const optimizer = sgd({ learningRate: 1000, weightDecay });
    using state = optimizer.init(model);
    failsCleanly(optimizer, state, { model, loss, batch }, /new parameters/, "sgd");
  }
});

test("kBfgs() takes a step back whose loss rises too far, and keeps what it learnt of the curvature", () => {
  using problem = twinProblem();
  const { model, loss, batches: [{ batch }] } = problem;
  const optimizer = kBfgs({ learningRate: 1e3, maximumIncrease: 1 });
  using state = optimizer.init(model);
  const before = model.parameters.data.slice();
  const report = optimizer.step(state, { model, loss, batch });
  ok(report.accepted === false, "the step was accepted");
  equal(model.parameters.data, before, "the parameters");
  const momentum = state.tensors.get("momentum")?.data ?? [];
  ok([...momentum].every((m) => m === 0), "the momentum moved");
  const inverse = state.tensors.get("dense_1.outputInverse")?.data ?? [];
  ok([...inverse].some((h) => h !== 0 && h !== 1), "the pair was not taken in");
});

// What must hold for every problem, without an oracle: k-bfgs literature, section by section.
import { clone, eigh, kBfgs, kfac, movingAverage, type OptimizerState, tensor } from "../../mod.ts";
import { allNear, equal, near, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  EIGENVALUE_APPROACH,
  EIGENVALUE_SLACK,
  identityBound,
  SOLVER_TRAJECTORY_BOUND,
  TRAJECTORY_BOUND,
} from "../_support/tolerance.ts";
import { randomRows, tensorOf, twin } from "../_support/twins.ts";
import {
  apply,
  build,
  combine,
  dot,
  identity,
  inverse,
  multiply,
  secondMoment,
} from "../oracles/matrices.ts";
import { FORMS, has } from "./_methods.ts";
import { twinProblem } from "./_problem.ts";
import { snapshot } from "./_snapshot.ts";

for (const [name, form] of Object.entries(FORMS)) {
  const { optimizer, method } = form;

  test(`${name}: every part of the state changes in every step`, () => {
    using problem = twinProblem({ dtype: "float32" });
    const { model, loss, batches } = problem;
    using state = optimizer.init(model);
    const step = (i: number): void =>
      void optimizer.step(state, { model, loss, batch: batches[i % batches.length].batch });
    const atRest = method.atRest?.flatMap((part) => [part, `number ${part}`]) ?? [];
    step(0);
    step(1);
    for (let i = 2; i < 8; i++) {
      const before = snapshot(model, state);
      step(i);
      const after = snapshot(model, state);
      for (const part of Object.keys(before)) {
        if (atRest.includes(part)) continue;
        ok(String(after[part]) !== String(before[part]), `${part} is the same after step ${i}`);
      }
    }
  });

  if (has(form, "isOrdered")) continue;
  test(`${name}: permuting the samples of a batch changes rounding alone`, () => {
    const theta = (order: readonly number[]): number[] => {
      using problem = twinProblem();
      const { model, loss, batches } = problem;
      using state = optimizer.init(model);
      for (let i = 0; i < 10; i++) {
        const { x, batch: { target } } = batches[i % batches.length];
        const input = tensorOf(order.map((n) => x[n]), "float64");
        const labels = [...target.data];
        const permuted = tensor(order.map((n) => labels[n]), { dtype: "float64" });
        optimizer.step(state, { model, loss, batch: { input, target: permuted } });
      }
      return [...model.parameters.data];
    };
    const expected = theta([0, 1, 2, 3, 4, 5, 6, 7]);
    const bound = has(form, "isIterative") ? SOLVER_TRAJECTORY_BOUND : TRAJECTORY_BOUND;
    allNear(theta([3, 7, 1, 0, 6, 2, 5, 4]), expected, bound, "parameters");
  });
}

test("the first steps of methods with momentum go downhill without it", () => {
  for (const [name, { optimizer: { options }, method }] of Object.entries(FORMS)) {
    if (!("momentum" in options)) continue;
    using problem = twinProblem();
    const { model, loss, batches: [{ batch }] } = problem;
    const small = { momentum: movingAverage(0), learningRate: 1e-3 };
    const optimizer = method.make({ ...options, ...small });
    using state = optimizer.init(model);
    for (let step = 0; step < 20; step++) {
      using lin = model.linearize(loss, batch);
      using gradient = lin.gradient();
      using before = clone(model.parameters);
      optimizer.step(state, { model, loss, batch });
      const moved = [...model.parameters.data].map((x, i) => x - before.data[i]);
      ok(dot(moved, [...gradient.data]) < 0, `${name}: step ${step} does not descend`);
    }
  }
});

test("the first step of kBfgs() is M (A + √λ I)^-1, and its update of H_a does nothing", () => {
  for (const mode of ["2020", "improved"] as const) {
    using problem = twinProblem();
    const { model, loss, batches: [{ batch }] } = problem;
    const damping = 0.2, learningRate = 0.01;
    const optimizer = kBfgs({ mode, damping, learningRate, momentum: movingAverage(0) });
    using state = optimizer.init(model);
    using lin = model.linearize(loss, batch);
    using gradient = lin.gradient();
    const inverses = lin.sites.map(({ inputs }) => {
      const moment = secondMoment(inputs.toArray());
      return inverse(combine(1, moment, Math.sqrt(damping), identity(moment.length)));
    });
    using before = clone(model.parameters);
    optimizer.step(state, { model, loss, batch });
    for (const [i, { name, offset, weight: { shape: [rows, columns] } }] of model.sites.entries()) {
      const at = (r: number, c: number): number => offset + r * columns + c;
      const block = build(rows, columns, (r, c) => gradient.data[at(r, c)]);
      const moved = build(
        rows,
        columns,
        (r, c) => (before.data[at(r, c)] - model.parameters.data[at(r, c)]) / learningRate,
      );
      allNear(moved.flat(), multiply(block, inverses[i]).flat(), TRAJECTORY_BOUND, name);
      const stored = state.tensors.get(`${name}.inputInverse`)?.data ?? [];
      allNear(stored, inverses[i].flat(), identityBound("float64"), `${name} H_a`);
    }
  }
});

/** Eigenvalues of a symmetric part of the state, ascending. */
function eigenvalues(state: OptimizerState, part: string): number[] {
  const matrix = state.tensors.get(part);
  ok(matrix, `the state has no ${part}`);
  using found = eigh(matrix);
  return [...found.values.data];
}

test("on a linear model with G = I the eigenvalues of H_g fall from 1 towards 1 / (1 + λ_G)", () => {
  const outputs = 4, mu2 = 0.3;
  const { model } = twin({ inputs: 5, layers: [{ units: outputs }], dtype: "float64" });
  using target = tensorOf(randomRows(2, 12, outputs), "float64");
  using input = tensorOf(randomRows(1, 12, 5), "float64");
  const problem = { model, loss: twinProblem({ lossName: "squaredError" }).loss };
  const optimizer = kBfgs({ damping: mu2 * mu2, decay: 0, learningRate: 0.1 });
  using state = optimizer.init(model);
  const floor = 1 / (1 + mu2);
  let trace = outputs;
  for (let step = 0; step < 12; step++) {
    for (let i = 0; i < target.size; i++) target.data[i] += 0.3 * Math.cos(7 * i + 11 * step);
    optimizer.step(state, { ...problem, batch: { input, target } });
    const values = eigenvalues(state, "dense_1.outputInverse");
    const sum = values.reduce((a, b) => a + b);
    ok(values[0] >= floor - EIGENVALUE_SLACK, `${values} below ${floor}`);
    ok(values[outputs - 1] <= 1 + EIGENVALUE_SLACK, `${values} above 1`);
    ok(sum <= trace + EIGENVALUE_SLACK, "the trace grew");
    trace = sum;
  }
  near(eigenvalues(state, "dense_1.outputInverse")[0], floor, EIGENVALUE_APPROACH, "the smallest");
  model.dispose();
});

test("with A and G of one linear layer and one sample the K-FAC block is exact", () => {
  const { model } = twin({ inputs: 3, layers: [{ units: 2 }], dtype: "float64" });
  const { loss } = twinProblem({ lossName: "sigmoidCrossEntropy" });
  using input = tensorOf(randomRows(1, 1, 3), "float64");
  using target = tensor([[0, 1]], { dtype: "float64" });
  const optimizer = kfac({ fisher: "exact" });
  using state = optimizer.init(model);
  using lin = model.linearize(loss, { input, target });
  const columns = Array.from({ length: model.parameterCount }, (_, i) => {
    const unit = new Array(model.parameterCount).fill(0);
    unit[i] = 1;
    return [...lin.hvp(tensor(unit, { dtype: "float64" })).data];
  });
  optimizer.step(state, { model, loss, batch: { input, target } });
  const part = (name: string, n: number) => {
    const data = state.tensors.get(`dense_1.${name}`)?.data ?? [];
    return build(n, n, (i, j) => data[i * n + j]);
  };
  const [g, a] = [part("outputFactor", 2), part("inputFactor", 4)];
  const product = build(8, 8, (i, j) => g[Math.floor(i / 4)][Math.floor(j / 4)] * a[i % 4][j % 4]);
  allNear(product.flat(), columns.flat(), identityBound("float64"));
  equal(apply(product, new Array(8).fill(0)), new Array(8).fill(0));
  model.dispose();
});

// Hessian-free optimization whose damped matrix holds hidden states.
import {
  blockHessianFree,
  clone,
  dense,
  gaussNewton,
  hessianFree,
  lastStep,
  lstm,
  type Model,
  normal,
  randomKey,
  sequential,
  softmaxCrossEntropy,
  type StepReport,
  Tensor,
} from "../../mod.ts";
import { dot } from "../../src/ops/vector.ts";
import { allNear, equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { SOLVER_TRAJECTORY_BOUND } from "../_support/tolerance.ts";
import { snapshot } from "./_snapshot.ts";

const LAMBDA = 0.5, MU = 0.3, L2 = 0.01;

/** A recurrent model in float64 with a batch. */
function recurrent() {
  const model = sequential({ input: [4, 2], seed: 2, dtype: "float64" }, [
    lstm(3),
    lstm(2),
    lastStep(),
    dense(3),
  ]);
  const input = normal(randomKey(1), [6, 4, 2], { dtype: "float64" });
  const target = new Tensor("float64", [6]);
  target.data.forEach((_, n) => target.data[n] = n % 3);
  const dispose = (): void => [model, input, target].forEach((one) => one.dispose());
  return {
    model,
    loss: softmaxCrossEntropy(),
    batch: { input, target },
    [Symbol.dispose]: dispose,
  };
}

const EXACT = { initialDamping: LAMBDA, structuralDamping: MU, l2: L2, solverTolerance: 1e-15 };

/** What a step did to the parameters. */
function changeOf(model: Model, step: () => StepReport): { change: Tensor; report: StepReport } {
  using before = clone(model.parameters);
  const report = step();
  const change = clone(model.parameters);
  change.data.forEach((value, i) => change.data[i] = value - before.data[i]);
  model.parameters.data.set(before.data);
  model.parametersChanged();
  return { change, report };
}

test("hessianFree() solves with λ μ J_hᵀJ_h / B in the matrix, and judges without it", () => {
  for (const maxIterations of [4, 300]) {
    using problem = recurrent();
    const { model, loss, batch } = problem;
    const optimizer = hessianFree({ ...EXACT, maxIterations, preconditioner: "none" });
    using state = optimizer.init(model);
    const { change, report } = changeOf(model, () => optimizer.step(state, { model, loss, batch }));
    using _ = change;
    using lin = model.linearize(loss, batch);
    using gradient = lin.gradient();
    gradient.data.forEach((g, i) => gradient.data[i] = g + L2 * model.parameters.data[i]);
    if (maxIterations > 4) {
      using damped = gaussNewton(lin, { structuralDamping: LAMBDA * MU });
      using product = damped.add(LAMBDA + L2).apply(state.tensors.get("iterate") as Tensor);
      allNear(product.data, gradient.data.map((g) => -g), SOLVER_TRAJECTORY_BOUND, "the solution");
      continue;
    }
    // One iterate is stored, and its full length is good: the change is what was judged.
    ok(report.learningRate === 1, "a full step");
    using plain = gaussNewton(lin);
    using product = plain.add(L2).apply(change);
    const promised = dot(gradient, change) + dot(change, product) / 2;
    const objective = (): number => {
      using there = model.linearize(loss, batch);
      return there.loss + L2 / 2 * dot(model.parameters, model.parameters);
    };
    const before = objective();
    model.parameters.data.forEach((value, i, all) => all[i] = value + change.data[i]);
    model.parametersChanged();
    const ratio = (objective() - before) / promised;
    near(report.reductionRatio ?? NaN, ratio, SOLVER_TRAJECTORY_BOUND, "ratio");
  }
});

test("blockHessianFree() solves blocks with their own share of it, and rescales by all of it", () => {
  using problem = recurrent();
  const { model, loss, batch } = problem;
  const limits = { ...EXACT, maxIterations: 300 };
  const plain = blockHessianFree({ ...limits, mode: "plain", learningRate: 1 });
  using plainState = plain.init(model);
  const { change } = changeOf(model, () => plain.step(plainState, { model, loss, batch }));
  using _ = change;
  using lin = model.linearize(loss, batch);
  using gradient = lin.gradient();
  gradient.data.forEach((g, i) => gradient.data[i] = g + L2 * model.parameters.data[i]);
  const structuralDamping = LAMBDA * MU;
  using damped = gaussNewton(lin, { structuralDamping, partition: "site" });
  for (const [b, block] of damped.partition.blocks.entries()) {
    using own = block.gather(change);
    using product = damped.blocks[b].add(LAMBDA + L2).apply(own);
    using expected = block.gather(gradient);
    allNear(product.data, expected.data.map((g) => -g), SOLVER_TRAJECTORY_BOUND, `block ${b}`);
  }
  using whole = gaussNewton(lin, { structuralDamping });
  using product = whole.add(LAMBDA + L2).apply(change);
  const scale = Math.min(1, -dot(gradient, change) / dot(change, product));
  ok(scale < 1, "blocks together go too far");
  const safe = blockHessianFree(limits);
  using safeState = safe.init(model);
  const report = safe.step(safeState, { model, loss, batch });
  near(report.learningRate, scale, SOLVER_TRAJECTORY_BOUND, "length");
});

test("with structural damping too, one block in safe mode is hessianFree(), to the bit", () => {
  const settings = { structuralDamping: MU, maxIterations: 20, l2: L2 };
  const [found, expected] = [
    blockHessianFree({ ...settings, partition: 1 }),
    hessianFree({ ...settings, preconditioner: "none" }),
  ].map((optimizer) => {
    using problem = recurrent();
    const { model, loss, batch } = problem;
    using state = optimizer.init(model);
    const reports = [1, 2, 3].map(() => optimizer.step(state, { model, loss, batch }));
    return { reports, snapshot: snapshot(model, state) };
  });
  equal(found, expected);
});

test("structural damping shortens what a step moves hidden states by", () => {
  using problem = recurrent();
  const { model, loss, batch } = problem;
  const movedBy = (structuralDamping: number): number => {
    const optimizer = hessianFree({ ...EXACT, structuralDamping, maxIterations: 300 });
    using state = optimizer.init(model);
    optimizer.step(state, { model, loss, batch });
    using x = clone(state.tensors.get("iterate") as Tensor);
    using start = recurrent();
    using lin = start.model.linearize(loss, start.batch);
    using plain = gaussNewton(lin);
    using held = gaussNewton(lin, { structuralDamping: 1 });
    using a = held.apply(x), b = plain.apply(x);
    return dot(x, a) - dot(x, b);
  };
  ok(movedBy(10) < movedBy(0) / 2, "less by half");
});

test("a model without hidden states is refused by name, before anything is made", () => {
  using model = sequential({ input: [3] }, [dense(3)]);
  using input = normal(randomKey(1), [6, 3]);
  using target = new Tensor("float32", [6]);
  target.data.fill(1);
  const problem = { model, loss: softmaxCrossEntropy(), batch: { input, target } };
  for (const method of [hessianFree, blockHessianFree]) {
    const { name, init } = method({ structuralDamping: 0.03 });
    throws(
      () => init(model),
      TypeError,
      new RegExp(`Cannot start ${name}: structuralDamping needs .* hidden states`),
    );
    const scheduled = method({ structuralDamping: (step) => 0.03 * step });
    using state = scheduled.init(model);
    scheduled.step(state, problem);
    const before = snapshot(model, state);
    throws(
      () => scheduled.step(state, problem),
      TypeError,
      /Cannot take a step: structuralDamping needs .* hidden states/,
    );
    equal(snapshot(model, state), before);
    throws(() => method({ structuralDamping: -1 }), RangeError, /structuralDamping/);
  }
});

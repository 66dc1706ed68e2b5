// Stopping by a validation batch, with the state that it needs.
import {
  type Batch,
  dense,
  levenbergMarquardt,
  type Model,
  Scope,
  sequential,
  sgd,
  squaredError,
  type StepReport,
  tanh,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { checkpoint, restore } from "../../checkpoint.ts";
import { equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { randomRows } from "../_support/twins.ts";
import { sameSnapshot, snapshot } from "./_snapshot.ts";

const PATIENCE = 4;

/** Points of a noisy parabola. */
function points(scope: Scope, seed: number, count: number): Batch {
  const rows = randomRows(seed, count, 2);
  const own = (values: number[][]): Tensor => scope.own(tensor(values, { dtype: "float64" }));
  return {
    input: own(rows.map(([x]) => [x])),
    target: own(rows.map(([x, noise]) => [x * x + noise / 4])),
  };
}

/** A network that is too large for its twelve points. */
function setUp(scope: Scope) {
  const model = scope.own(
    sequential({ input: [1], seed: 2, dtype: "float64" }, [dense(8), tanh(), dense(1)]),
  );
  const optimizer = levenbergMarquardt({ patience: PATIENCE });
  const problem = {
    model,
    loss: squaredError(),
    batch: points(scope, 5, 12),
    validation: points(scope, 6, 40),
  };
  return { model, optimizer, problem, state: scope.own(optimizer.init(model)) };
}

function lossOf(model: Model, batch: Batch): number {
  using lin = model.linearize(squaredError(), batch);
  return lin.loss;
}

test("levenbergMarquardt() with patience stops after so many accepted steps without a better validation loss", () => {
  using scope = new Scope();
  const { model, optimizer, problem, state } = setUp(scope);
  const passed = [{
    loss: lossOf(model, problem.validation),
    parameters: [...model.parameters.data],
  }];
  let report: StepReport;
  do {
    report = optimizer.step(state, problem);
    if (!report.accepted) {
      equal(report.validationLoss, undefined, "nothing to judge");
      continue;
    }
    const { validationLoss: loss = NaN, stop } = report;
    if (!stop) equal(loss, lossOf(model, problem.validation), "what is reported");
    passed.push({ loss, parameters: [...model.parameters.data] });
  } while (!report.stop && report.step < 300);
  equal(report.stop, "validation");
  const losses = passed.map(({ loss }) => loss);
  const best = losses.indexOf(Math.min(...losses));
  ok(best > 0, "validation had become better");
  equal(passed.length - 1 - best, PATIENCE, "accepted steps since the best");
  equal([...model.parameters.data], passed[best].parameters, "the best parameters");
  equal(lossOf(model, problem.validation), losses[best]);
});

test("levenbergMarquardt() with patience counts anew after it stopped", () => {
  using scope = new Scope();
  const { optimizer, problem, state } = setUp(scope);
  let report: StepReport;
  const untilStop = (): number => {
    const { step } = state;
    do report = optimizer.step(state, problem); while (!report.stop && report.step < 600);
    return state.step - step;
  };
  untilStop();
  ok(untilStop() >= PATIENCE && report!.stop !== undefined, "another round of patience");
});

test("levenbergMarquardt() with patience continues from a checkpoint with the same bits", async () => {
  using scope = new Scope();
  const { model, optimizer, problem, state } = setUp(scope);
  for (let i = 0; i < 7; i++) optimizer.step(state, problem);
  const bytes = await checkpoint({ model, optimizer, state });
  const end = () => {
    for (let i = 0; i < 40; i++) optimizer.step(state, problem);
    return snapshot(model, state);
  };
  const expected = end();
  using other = new Scope();
  const again = setUp(other);
  using restored = await restore(bytes, { model: again.model, optimizer });
  for (let i = 0; i < 40; i++) optimizer.step(restored, { ...problem, model: again.model });
  sameSnapshot(snapshot(again.model, restored), expected, "after the checkpoint");
});

test("levenbergMarquardt() with patience refuses a problem that it cannot judge, and leaves everything as it was", () => {
  using scope = new Scope();
  const { model, optimizer, problem, state } = setUp(scope);
  const { validation, ...without } = problem;
  for (let step = 0; step < 2; step++) {
    const before = snapshot(model, state);
    throws(() => optimizer.step(state, without), TypeError, /patience asks for a validation batch/);
    throws(
      () => optimizer.step(state, { ...problem, validation: {} as Batch }),
      TypeError,
      /Cannot validate/,
    );
    const wide = scope.own(tensor([[1, 2]], { dtype: "float64" }));
    const strange = { input: wide, target: validation.target };
    throws(() => optimizer.step(state, { ...problem, validation: strange }), TypeError, /./);
    sameSnapshot(snapshot(model, state), before, `step ${step}`);
    optimizer.step(state, problem);
  }
});

test("methods that do not stop by a validation batch refuse one", () => {
  for (const optimizer of [sgd(), levenbergMarquardt()]) {
    using scope = new Scope();
    const { model, problem } = setUp(scope);
    using state = optimizer.init(model);
    throws(() => optimizer.step(state, problem), TypeError, /takes no validation batch/);
  }
});

test("levenbergMarquardt() with patience counts a validation loss that is not finite as no better", () => {
  using scope = new Scope();
  const { optimizer, problem, state } = setUp(scope);
  optimizer.step(state, problem);
  const target = scope.own(tensor([[1e200]], { dtype: "float64" }));
  const far = { input: scope.own(tensor([[0]], { dtype: "float64" })), target };
  let report = optimizer.step(state, { ...problem, validation: far });
  for (let i = 1; i < 100 && !report.stop; i++) {
    report = optimizer.step(state, { ...problem, validation: far });
  }
  equal([report.stop, report.validationLoss], ["validation", Infinity]);
});

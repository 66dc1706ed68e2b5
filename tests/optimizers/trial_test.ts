// Trying parameters and taking them back: the one way, and what every method reports of a step that it did not take.
import { type Loss, type Model, type Optimizer, type Tensor, tensor } from "../../mod.ts";
import { Trial } from "../../src/optimizers/trial.ts";
import { equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { fewRoundings } from "../_support/tolerance.ts";
import { DTYPES } from "../_support/twins.ts";
import { TABLE } from "./_method_table.ts";
import { FORMS, has } from "./_methods.ts";
import { twinProblem } from "./_problem.ts";
import { sameSnapshot, snapshot } from "./_snapshot.ts";

/** The loss with another value wherever the parameters are not as they are now. */
function worseElsewhere(loss: Loss, { parameters }: Model, value: number): Loss {
  const here = parameters.data.slice();
  return {
    ...loss,
    evaluate(output: Tensor, target: Tensor, gradient?: Tensor): number {
      const own = loss.evaluate(output, target, gradient);
      return here.every((x, i) => x === parameters.data[i]) ? own : value;
    },
  };
}

/** Methods that look at where a step leads, and a loss there at which they take it back. */
const LOOKING: readonly (readonly [string, Optimizer, number])[] = Object.values(TABLE).flatMap(
  ({ make, takenBack = {} }) =>
    Object.entries(takenBack).map(([name, [options, loss]]) =>
      [name, make(options), loss] as const
    ),
);

test("every method that looks at where a step leads is among those that take it back", () => {
  for (const form of Object.values(FORMS)) {
    if (has(form, "looksAhead")) ok(form.method.takenBack, form.optimizer.name);
  }
});

for (const [name, optimizer, value] of LOOKING) {
  test(`${name}: a step that was not taken is reported as one of length 0, and left no trace`, () => {
    for (const dtype of DTYPES) {
      using problem = twinProblem({ dtype, lossName: "squaredError" });
      const { model, batches: [{ batch }] } = problem;
      const loss = worseElsewhere(problem.loss, model, value);
      using state = optimizer.init(model);
      const { parameters } = snapshot(model, state);
      const report = optimizer.step(state, { model, loss, batch });
      equal([report.accepted, report.stepNorm], [false, 0], dtype);
      equal(snapshot(model, state).parameters, parameters, `${dtype}: parameters`);
      const momentum = state.tensors.get("momentum")?.data ?? [];
      ok([...momentum].every((x) => x === 0), `${dtype}: the momentum moved`);
    }
  });

  test(`${name}: a step that throws where it leads to left no trace`, () => {
    using problem = twinProblem({ lossName: "squaredError" });
    const { model, batches: [{ batch }] } = problem;
    const faulty: Loss = { ...worseElsewhere(problem.loss, model, NaN) };
    const loss: Loss = {
      ...faulty,
      evaluate(output: Tensor, target: Tensor, gradient?: Tensor): number {
        const found = faulty.evaluate(output, target, gradient);
        if (Number.isNaN(found)) throw new RangeError("Cannot evaluate: there is nothing");
        return found;
      },
    };
    using state = optimizer.init(model);
    const before = snapshot(model, state);
    throws(() => optimizer.step(state, { model, loss, batch }), RangeError, /there is nothing/);
    sameSnapshot(snapshot(model, state), before, name);
    using lin = model.linearize(problem.loss, batch); // the model takes the next step
    equal(lin.batchSize, batch.input.shape[0]);
  });
}

test("a trial takes back what was not kept, to the bit, whatever moved the parameters", () => {
  for (const dtype of DTYPES) {
    using problem = twinProblem({ dtype });
    const { model, loss, batches: [{ batch }] } = problem;
    const given = [...model.parameters.data];
    using before = tensor(given, { dtype }), direction = tensor(given, { dtype: "float64" });
    const moves: readonly ((trial: Trial) => unknown)[] = [
      (trial) => trial.moveTo(direction, 0.5),
      (trial) => trial.objectiveAt(direction, 1e300),
      (trial) => trial.move(() => model.parameters.data.fill(NaN)),
      (trial) => [...trial.visit(direction, 1)],
    ];
    for (const move of moves) {
      {
        using trial = new Trial({ model, loss, batch }, 0, before);
        move(trial);
      }
      equal([...model.parameters.data], given, `${dtype}: ${move}`);
    }
    throws(
      () => {
        using trial = new Trial({ model, loss, batch }, 0, before);
        trial.move(() => {
          model.parameters.data.fill(1);
          throw new RangeError("Cannot move: halfway");
        });
      },
      RangeError,
      /halfway/,
    );
    equal([...model.parameters.data], given, dtype);
  }
});

test("a trial keeps parameters, and a linearization of them, that it did not move", () => {
  using problem = twinProblem();
  const { model, loss, batches: [{ batch }] } = problem;
  using before = tensor([...model.parameters.data], { dtype: "float64" });
  using lin = model.linearize(loss, batch);
  {
    using trial = new Trial({ model, loss, batch }, 0, before);
    trial.takeBack();
  }
  ok(Number.isFinite(lin.output.data[0]), "the linearization is out of date");
  {
    using trial = new Trial({ model, loss, batch }, 0, before);
    trial.moveTo(before, 1);
    trial.keep();
  }
  equal([...model.parameters.data], [...before.data].map((x) => 2 * x));
});

test("a trial moves along float64 directions with one rounding, and says what is not finite there", () => {
  using problem = twinProblem({ dtype: "float32" });
  const { model, loss, batches: [{ batch }] } = problem;
  const given = [...model.parameters.data];
  using before = tensor(given, { dtype: "float32" });
  using direction = tensor(given.map((_, i) => Math.sqrt(i + 2)), { dtype: "float64" });
  using trial = new Trial({ model, loss, batch }, 0.5, before);
  equal(trial.moveTo(direction, 1 / 3), true);
  const expected = given.map((x, i) => Math.fround(x + 1 / 3 * Math.sqrt(i + 2)));
  equal([...model.parameters.data], expected);
  const squares = expected.reduce((sum, x) => sum + x * x, 0);
  using lin = model.linearize(loss, batch);
  const { loss: own } = lin;
  near(trial.objective() - own, 0.25 * squares, squares * fewRoundings("float32"), "the penalty");
  equal(trial.moveTo(direction, 1e300), false, "parameters that are not finite");
  equal(trial.objectiveAt(direction, 1e300), Infinity);
});

// What the one step promises to every preconditioner, those that are still to come included.
import {
  type Model,
  movingAverage,
  type Optimizer,
  OptimizerState,
  type Tensor,
  zeros,
} from "../../mod.ts";
import type { Replaceable } from "../../src/optimizers/optimizer.ts";
import {
  makePreconditioned,
  type MomentumPlace,
  type Preconditioner,
  siteBySite,
} from "../../src/optimizers/preconditioned_step.ts";
import { COMMON_DOMAINS } from "../../src/optimizers/schedule.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { fewRoundings } from "../_support/tolerance.ts";
import { twinProblem } from "./_problem.ts";
import { sameSnapshot, snapshot } from "./_snapshot.ts";

/** Remembers momentum and a number of commits. */
class TestState extends OptimizerState {
  readonly momentum: Replaceable;
  readonly gradient: Tensor;
  readonly direction: Tensor;
  readonly parametersBefore: Tensor;

  constructor(model: Model) {
    super(model);
    const shape = [model.parameterCount];
    this.momentum = this.rememberReplaceable("momentum", shape);
    this.gradient = this.workspace(shape);
    this.direction = this.workspace(shape);
    this.parametersBefore = this.workspace(shape);
    this.numbers.set("commits", 0);
  }
}

function optimizerOf(
  prepare: (state: TestState) => Preconditioner,
  momentum?: MomentumPlace,
): Optimizer {
  return makePreconditioned({
    name: "test",
    settings: { learningRate: 0.5, l2: 0, weightDecay: 0 },
    domains: COMMON_DOMAINS,
    State: TestState,
    momentum,
    prepare: ({ state }) => prepare(state),
  });
}

/** Multiplies by the factor of each step in turn. */
function scaling(factors: readonly number[]): (state: TestState) => Preconditioner {
  return ({ step, direction }) => ({
    apply(vector) {
      for (const [i, value] of vector.data.entries()) direction.data[i] = factors[step] * value;
      return direction;
    },
  });
}

test("momentum is taken of gradients or of directions, as the method declares", () => {
  const rule = movingAverage(0.5), factors = [2, 8];
  for (const origin of ["gradient", "direction"] as const) {
    using problem = twinProblem();
    const { model, loss, batches: [{ batch }] } = problem;
    const optimizer = optimizerOf(scaling(factors), { of: origin, rule });
    using state = optimizer.init(model);
    const expected = [...model.parameters.data], mean = expected.map(() => 0);
    for (const factor of factors) {
      const [before, after] = origin === "gradient" ? [1, factor] : [factor, 1];
      {
        using lin = model.linearize(loss, batch);
        using gradient = lin.gradient();
        for (const [i, g] of gradient.data.entries()) {
          mean[i] = (mean[i] + before * g) / 2;
          expected[i] -= 0.5 * after * mean[i];
        }
      }
      optimizer.step(state, { model, loss, batch });
      allNear(
        model.parameters.data,
        expected,
        fewRoundings("float64"),
        `momentum of the ${origin}`,
      );
    }
  }
});

/** Where a step may fail. */
type Place = "prepare" | "apply" | "second look";

/** Fails in one place; `calls` are those to undo and to remember. */
function failing(place: Place, calls: string[]): (state: TestState) => Preconditioner {
  const failAt = (here: Place): void => {
    if (here === place) throw new RangeError(`Cannot take a step: ${here} fails`);
  };
  return ({ numbers, parametersBefore }) => {
    failAt("prepare");
    numbers.set("commits", -1);
    return {
      apply(vector) {
        failAt("apply");
        return vector;
      },
      secondLook: {
        parametersBefore,
        standsAfter() {
          failAt("second look");
          return true;
        },
      },
      abandon() {
        calls.push("abandon");
        numbers.set("commits", 0);
      },
      commit() {
        calls.push("commit");
        return undefined;
      },
    };
  };
}

test("a step that fails anywhere leaves parameters and state, and undoes what was prepared", () => {
  const undone = { prepare: [], apply: ["abandon"], "second look": ["abandon"] };
  for (const origin of ["gradient", "direction"] as const) {
    for (const place of ["prepare", "apply", "second look"] as const) {
      using problem = twinProblem({ dtype: "float32" });
      const { model, loss, batches: [{ batch }] } = problem;
      const calls: string[] = [];
      const optimizer = optimizerOf(failing(place, calls), {
        of: origin,
        rule: movingAverage(0.5),
      });
      using state = optimizer.init(model);
      const before = snapshot(model, state);
      throws(() => optimizer.step(state, { model, loss, batch }), RangeError, RegExp(place));
      sameSnapshot(snapshot(model, state), before, `${place}, momentum of the ${origin}`);
      equal(calls, undone[place], place);
      using lin = model.linearize(loss, batch); // the model takes the next step
      equal(lin.batchSize, batch.input.shape[0]);
    }
  }
});

test("a step that does not stand is taken back with its momentum, and what it measured stays", () => {
  for (const stands of [true, false]) {
    using problem = twinProblem({ dtype: "float32" });
    const { model, loss, batches: [{ batch }] } = problem;
    const given = [...model.parameters.data];
    let moved: number[] = [];
    const optimizer = optimizerOf(({ numbers, parametersBefore }) => ({
      apply: (vector) => vector,
      secondLook: {
        parametersBefore,
        standsAfter() {
          moved = [...model.parameters.data];
          return stands;
        },
      },
      commit() {
        numbers.set("commits", 1);
        return { skippedUpdates: 3 };
      },
    }), { of: "gradient", rule: movingAverage(0.5) });
    using state = optimizer.init(model);
    const report = optimizer.step(state, { model, loss, batch });
    ok(moved.some((value, i) => value !== given[i]), "the second look is at new parameters");
    equal([...model.parameters.data], stands ? moved : given, `stands: ${stands}`);
    equal(state.tensors.get("momentum")?.data.some((value) => value !== 0), stands, "momentum");
    equal([state.step, state.numbers.get("commits")], [1, 1]);
    equal([report.accepted, report.skippedUpdates], [stands, 3]);
    equal(report.stepNorm > 0, stands, "the length of the step that was taken");
  }
});

test("sites are preconditioned one by one, in place too", () => {
  using problem = twinProblem();
  const { sites, parameters } = problem.model;
  const expected = sites.flatMap(({ weight }, i) =>
    [...weight.data].map((value) => (i + 2) * value)
  );
  const scaled = (i: number, block: Tensor, out: Tensor): void => {
    equal([block.shape, out.shape], [sites[i].weight.shape, sites[i].weight.shape]);
    for (const [at, value] of block.data.entries()) out.data[at] = (i + 2) * value;
  };
  using apart = zeros(parameters.shape, { dtype: "float64" });
  equal([...siteBySite(sites, parameters, apart, scaled).data], expected, "apart");
  equal([...siteBySite(sites, parameters, parameters, scaled).data], expected, "in place");
});

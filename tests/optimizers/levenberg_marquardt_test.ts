import {
  concatenation,
  dense,
  levenbergMarquardt,
  type LevenbergMarquardtOptions,
  memoryUsage,
  relu,
  residual,
  sequential,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  squaredError,
  type StepReport,
  tanh,
  Tensor,
  tensor,
  welsch,
} from "../../mod.ts";
import { jacobian } from "../../operators.ts";
import type { Loss, Model } from "../../mod.ts";
import { allNear, equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  DAMPED_STEP_BOUND,
  LONG_TRAJECTORY_BOUND,
  SINC_ERROR,
  STEEPEST_DESCENT_BOUND,
} from "../_support/tolerance.ts";
import { randomRows, tensorOf } from "../_support/twins.ts";
import { eliminated, type Rows } from "../oracles/dense_algebra.ts";
import { twinProblem } from "./_problem.ts";

const LAYERS = () => [
  dense(6),
  tanh(),
  residual([dense(6), tanh()]),
  concatenation([[], [dense(3), tanh()]]),
  dense(3),
];

interface Run {
  readonly loss?: Loss;
  readonly samples?: number;
  readonly seed?: number;
  readonly steps?: number;
}

/** Reports and parameters of some steps from the same start. */
function run(
  options: LevenbergMarquardtOptions,
  { loss = squaredError(), samples = 20, seed = 3, steps = 1 }: Run = {},
): { reports: StepReport[]; before: Float64Array; after: Float64Array } {
  using model = sequential({ input: [4], seed, dtype: "float64" }, LAYERS());
  using input = tensorOf(randomRows(1, samples, 4), "float64");
  using target = tensorOf(
    randomRows(2, samples, 3).map((row) => row.map((v) => (v + 1) / 2)),
    "float64",
  );
  const optimizer = levenbergMarquardt(options);
  using state = optimizer.init(model);
  const before = Float64Array.from(model.parameters.data);
  const reports = Array.from(
    { length: steps },
    () => optimizer.step(state, { model, loss, batch: { input, target } }),
  );
  return { reports, before, after: Float64Array.from(model.parameters.data) };
}

test("levenbergMarquardt() takes the step (JᵀJ / B + λ I) d = -Jᵀr / B, in every form", () => {
  const damping = 2;
  for (const form of ["primal", "dual", "square-root"] as const) {
    const { before, after, reports } = run({ initialDamping: damping, form });
    equal([reports[0].accepted, reports[0].trials], [true, 1]);
    const expected = gaussNewtonStep(damping);
    const step = after.map((value, i) => value - before[i]);
    allNear(step, expected, DAMPED_STEP_BOUND, form);
  }
});

/** The step by plain elimination from the Jacobian. */
function gaussNewtonStep(damping: number): number[] {
  using model = sequential({ input: [4], seed: 3, dtype: "float64" }, LAYERS());
  using input = tensorOf(randomRows(1, 20, 4), "float64");
  using target = tensorOf(
    randomRows(2, 20, 3).map((row) => row.map((v) => (v + 1) / 2)),
    "float64",
  );
  using lin = model.linearize(squaredError(), { input, target });
  using j = jacobian(lin);
  const rows = (j.toArray() as number[][][]).flat();
  const r = Array.from(lin.output.data, (z, i) => z - target.data[i]);
  const size = model.parameterCount;
  const matrix: Rows = Array.from({ length: size }, (_, p) =>
    Array.from(
      { length: size },
      (_, q) => rows.reduce((sum, row) => sum + row[p] * row[q], 0) / 20 + (p === q ? damping : 0),
    ));
  const right = Array.from(
    { length: size },
    (_, p) => -rows.reduce((sum, row, i) => sum + row[p] * r[i], 0) / 20,
  );
  return eliminated(matrix, right);
}

test("levenbergMarquardt() takes the same step from the primal and the dual system for every convex loss", () => {
  for (const loss of [squaredError(), sigmoidCrossEntropy(), softmaxCrossEntropy()]) {
    for (const l2 of [0, 0.125]) {
      const [primal, dual] = (["primal", "dual"] as const).map((form) =>
        run({ form, l2, initialDamping: 0.5 }, { loss, samples: 6 })
      );
      const moved = ({ before, after }: typeof primal) => after.map((v, i) => v - before[i]);
      allNear(moved(dual), moved(primal), DAMPED_STEP_BOUND, `${loss.name}, l2 ${l2}`);
      const [a, b] = [primal.reports[0].reductionRatio ?? 0, dual.reports[0].reductionRatio ?? 0];
      near(a, b, DAMPED_STEP_BOUND, `${loss.name}: gain ratio`);
    }
  }
});

test("levenbergMarquardt() with l2 and each scaling is the same by Cholesky and by QR", () => {
  for (const scaling of ["identity", "maximum", "diagonal"] as const) {
    const [primal, root] = (["primal", "square-root"] as const).map((form) =>
      run({ form, scaling, l2: 0.0625, initialDamping: 0.5 })
    );
    allNear(root.after, primal.after, DAMPED_STEP_BOUND, scaling);
  }
});

test("levenbergMarquardt() makes the same 20 steps with every assembly", () => {
  for (const loss of [squaredError(), softmaxCrossEntropy()]) {
    const steps = 20;
    const expected = run({ form: "primal", primal: { assembly: "jacobian" } }, { loss, steps });
    for (const assembly of ["nodewise", "per-weight", "auto"] as const) {
      const found = run({ form: "primal", primal: { assembly } }, { loss, steps });
      allNear(found.after, expected.after, LONG_TRAJECTORY_BOUND, `${loss.name}, ${assembly}`);
      const losses = (reports: StepReport[]) => reports.map((report) => report.loss);
      allNear(losses(found.reports), losses(expected.reports), LONG_TRAJECTORY_BOUND, assembly);
    }
  }
});

test("levenbergMarquardt() with a huge λ steps along -g / λ", () => {
  const damping = 1e10;
  const { before, after, reports } = run({ initialDamping: damping });
  const step = after.map((value, i) => value - before[i]);
  const length = Math.sqrt(step.reduce((sum, v) => sum + v * v, 0));
  near(length * damping / reports[0].gradientNorm, 1, STEEPEST_DESCENT_BOUND, "length");
});

test("levenbergMarquardt() never raises the loss of its batch, whatever the loss and the rule", () => {
  for (const rule of ["nielsen", "marquardt"] as const) {
    for (const loss of [squaredError(), softmaxCrossEntropy(), welsch()]) {
      for (const scaling of ["identity", "diagonal"] as const) {
        const { reports } = run({ rule, scaling, initialDamping: 1e-6 }, { loss, steps: 30 });
        for (const [i, { loss: now }] of reports.entries()) {
          ok(i === 0 || now <= reports[i - 1].loss, `${rule}, ${loss.name}, step ${i}`);
        }
        ok(reports[29].loss < reports[0].loss, `${rule}, ${loss.name}: no progress`);
      }
    }
  }
});

/** A network of one input on points. */
function fit(
  model: Model,
  x: readonly number[],
  y: readonly number[],
  options: LevenbergMarquardtOptions,
  steps: number,
): StepReport[] {
  using input = tensor(x.map((value) => [value]), { dtype: model.dtype });
  using target = tensor(y.map((value) => [value]), { dtype: model.dtype });
  const optimizer = levenbergMarquardt(options);
  using state = optimizer.init(model);
  const reports: StepReport[] = [];
  while (reports.length < steps && !reports.at(-1)?.stop) {
    reports.push(
      optimizer.step(state, { model, loss: squaredError(), batch: { input, target } }),
    );
  }
  return reports;
}

test("levenbergMarquardt() fits sin(x) / x to a mean squared error of 1e-12", () => {
  const x = Array.from({ length: 161 }, (_, i) => -8 + i / 10);
  const y = x.map((value) => Math.abs(value) < 1e-9 ? 1 : Math.sin(value) / value);
  using model = sequential({ input: [1], seed: 1, dtype: "float64" }, [
    dense(30),
    tanh(),
    dense(1),
  ]);
  const reports = fit(model, x, y, {}, 1500);
  const best = 2 * reports[reports.length - 1].loss;
  ok(best <= SINC_ERROR, `${best} after ${reports.length} steps`);
});

test("levenbergMarquardt() stops where the gradient is zero, and stays there", () => {
  using model = sequential({ input: [1], seed: 1, dtype: "float64" }, [dense(1)]);
  const reports = fit(model, [0, 1, 2], [1, 3, 5], {}, 50);
  const last = reports[reports.length - 1];
  ok(last.stop !== undefined, "it stops");
  ok(last.loss < SINC_ERROR, `loss ${last.loss}`);
  const parameters = [...model.parameters.data];
  const again = fit(model, [0, 1, 2], [1, 3, 5], { tolerance: 1e-6 }, 1);
  equal([again[0].stop, again[0].accepted, again[0].trials], ["gradient", false, 0]);
  equal([...model.parameters.data], parameters);
});

test("levenbergMarquardt() stops by a gradient below the gradient tolerance, whatever the other is", () => {
  using model = sequential({ input: [1], seed: 1, dtype: "float64" }, [dense(1)]);
  const [{ gradientNorm }] = fit(
    model,
    [0, 1, 2],
    [1, 3, 5],
    { trials: 1, initialDamping: 1e9 },
    1,
  );
  const options = { tolerance: 1e-9, gradientTolerance: 2 * gradientNorm };
  equal(fit(model, [0, 1, 2], [1, 3, 5], options, 1)[0].stop, "gradient");
  const last = fit(model, [0, 1, 2], [1, 3, 5], { tolerance: 1e-6, gradientTolerance: 0 }, 50).at(
    -1,
  );
  equal(last?.stop, "step");
});

test("levenbergMarquardt() rejects trials that are not finite, and reports the λ that it raised", () => {
  using model = sequential({ input: [1], seed: 1, dtype: "float64" }, [dense(1)]);
  let evaluations = 0;
  const plain = squaredError();
  const loss: Loss = {
    ...plain,
    evaluate: (z, y, gradient) => ++evaluations === 2 ? NaN : plain.evaluate(z, y, gradient),
  };
  using input = tensor([[1], [2]], { dtype: "float64" });
  using target = tensor([[1], [2]], { dtype: "float64" });
  const optimizer = levenbergMarquardt({ initialDamping: 0.5, rule: "marquardt", form: "primal" });
  using state = optimizer.init(model);
  // The second evaluation makes the gradient, the third is that of the first trial.
  evaluations = -1;
  const report = optimizer.step(state, { model, loss, batch: { input, target } });
  equal([report.accepted, report.trials, report.damping], [true, 2, 5]);
  near(state.numbers.get("damping") ?? 0, 0.5, Number.EPSILON, "5 accepted, divided by ten");
});

test("levenbergMarquardt() survives a matrix of zeros and a problem that cannot be improved", () => {
  // A rectified unit that no sample activates: no derivative at all but that of the last bias.
  using model = sequential({ input: [1], seed: 1, dtype: "float64" }, [
    dense(2),
    relu(),
    dense(1),
  ]);
  model.parameters.data.fill(-1);
  model.parametersChanged();
  const reports = fit(model, [1, 2], [5, -5], {}, 60);
  const last = reports[reports.length - 1];
  ok(last.stop !== undefined, "it stops by itself");
  ok(Number.isFinite(last.damping ?? NaN) && Number.isFinite(last.loss), "λ and loss are finite");
  ok(reports.every(({ loss }, i) => i === 0 || loss <= reports[i - 1].loss), "never worse");
});

test("levenbergMarquardt() gives its trials up after so many and leaves the parameters", () => {
  using model = sequential({ input: [1], seed: 1, dtype: "float64" }, [dense(1)]);
  const plain = squaredError();
  let isFirst = true;
  const worse: Loss = {
    ...plain,
    evaluate: (z, y, gradient) => {
      const value = plain.evaluate(z, y, gradient) + (isFirst || gradient ? 0 : 1e9);
      isFirst = false;
      return value;
    },
  };
  using input = tensor([[1]], { dtype: "float64" });
  using target = tensor([[9]], { dtype: "float64" });
  const optimizer = levenbergMarquardt({ trials: 3, form: "primal" });
  using state = optimizer.init(model);
  const before = [...model.parameters.data];
  const report = optimizer.step(state, { model, loss: worse, batch: { input, target } });
  equal([report.accepted, report.trials, report.stepNorm], [false, 3, 0]);
  equal([...model.parameters.data], before);
  ok((state.numbers.get("damping") ?? 0) > 1e-3, "λ has risen");
});

test("levenbergMarquardt() works on mini-batches and lowers the loss of them all", () => {
  for (const lossName of ["squaredError", "softmaxIndices"] as const) {
    using problem = twinProblem({ lossName, dtype: "float32" });
    const { model, loss, batches } = problem;
    const total = (): number =>
      batches.reduce((sum, { batch }) => {
        using lin = model.linearize(loss, batch);
        return sum + lin.loss;
      }, 0);
    const optimizer = levenbergMarquardt({ initialDamping: 1 });
    using state = optimizer.init(model);
    const before = total();
    for (let step = 0; step < 30; step++) {
      optimizer.step(state, { model, loss, batch: batches[step % 3].batch });
    }
    ok(total() < before, `${lossName}: ${before} to ${total()}`);
  }
});

test("levenbergMarquardt() refuses forms that do not suit, before it changes anything", () => {
  throws(
    () => levenbergMarquardt({ form: "dual", scaling: "diagonal" }),
    TypeError,
    /scaling must be "identity"/,
  );
  throws(() => levenbergMarquardt({ rule: "fixed" as "nielsen" }), TypeError, /rule must be/);
  throws(
    () => run({ form: "square-root" }, { loss: softmaxCrossEntropy() }),
    TypeError,
    /residuals/,
  );
  throws(() => run({ form: "dual" }, { loss: welsch() }), TypeError, /not convex/);
  using wide = sequential({ input: [150], seed: 1 }, [dense(150)]);
  using x = new Tensor("float32", [1, 150]);
  x.data.fill(1);
  const optimizer = levenbergMarquardt({ form: "primal" });
  using state = optimizer.init(wide);
  const { liveBytes } = memoryUsage();
  const problem = { model: wide, loss: squaredError(), batch: { input: x, target: x } };
  throws(() => optimizer.step(state, problem), RangeError, /bytes.*cg\(\).*dual form/);
  ok(memoryUsage().liveBytes - liveBytes < 1e6, "nothing large was made");
});

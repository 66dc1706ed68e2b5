// Geodesic acceleration: the correction beside dense algebra and differences of predictions, and what it is worth.
import {
  dense,
  levenbergMarquardt,
  type LevenbergMarquardtOptions,
  type Loss,
  type Model,
  sequential,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  tensor,
} from "../../mod.ts";
import { jacobian } from "../../operators.ts";
import { allNear, equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  ACCELERATED_STEP_BOUND,
  SECOND_DIFFERENCE_BOUND,
  SECOND_DIFFERENCE_STEP,
  VALLEY_LOSS,
} from "../_support/tolerance.ts";
import { randomRows, tensorOf } from "../_support/twins.ts";
import { eliminated, type Rows } from "../oracles/dense_algebra.ts";

const SAMPLES = 7, DAMPING = 0.125;
/** A limit that no correction reaches. */
const ANY_LENGTH = 1e6;

const FORMS = ["primal", "dual", "square-root"] as const;

function network(): Model {
  return sequential({ input: [2], seed: 3, dtype: "float64" }, [dense(3), tanh(), dense(2)]);
}

/** One step from the start of the network. */
function stepOf(options: LevenbergMarquardtOptions, loss: Loss = squaredError()): number[] {
  using model = network();
  using input = tensorOf(randomRows(1, SAMPLES, 2), "float64");
  using target = tensorOf(
    randomRows(2, SAMPLES, 2).map((row) => row.map((v) => (v + 1) / 2)),
    "float64",
  );
  const optimizer = levenbergMarquardt({ initialDamping: DAMPING, ...options });
  using state = optimizer.init(model);
  const before = Float64Array.from(model.parameters.data);
  const report = optimizer.step(state, { model, loss, batch: { input, target } });
  equal([report.accepted, report.trials], [true, 1]);
  return Array.from(model.parameters.data, (value, i) => value - before[i]);
}

/** a by elimination from the dense Jacobian and second differences of predictions along d. */
function expectedCorrection(d: readonly number[]): number[] {
  using model = network();
  using input = tensorOf(randomRows(1, SAMPLES, 2), "float64");
  using target = tensorOf(randomRows(2, SAMPLES, 2), "float64");
  const rows = jacobianRows(model);
  const start = Float64Array.from(model.parameters.data);
  const outputsAt = (t: number): number[] => {
    d.forEach((value, i) => model.parameters.data[i] = start[i] + t * value);
    model.parametersChanged();
    using outputs = model.predict(input);
    return Array.from(outputs.data);
  };
  const h = SECOND_DIFFERENCE_STEP;
  const [above, at, below] = [outputsAt(h), outputsAt(0), outputsAt(-h)];
  const bend = at.map((z, i) => (above[i] - 2 * z + below[i]) / (h * h));
  const matrix: Rows = d.map((_, p) =>
    d.map((_, q) =>
      rows.reduce((sum, row) => sum + row[p] * row[q], 0) / SAMPLES + (p === q ? DAMPING : 0)
    )
  );
  const right = d.map((_, p) => -rows.reduce((sum, row, i) => sum + row[p] * bend[i], 0) / SAMPLES);
  return eliminated(matrix, right);

  function jacobianRows(model: Model): number[][] {
    using lin = model.linearize(squaredError(), { input, target });
    using j = jacobian(lin);
    return (j.toArray() as number[][][]).flat();
  }
}

test("levenbergMarquardt() with acceleration adds half of what dense algebra gives, in every form", () => {
  for (const form of FORMS) {
    const plain = stepOf({ form });
    const corrected = stepOf({ form, acceleration: ANY_LENGTH });
    const a = corrected.map((value, i) => 2 * (value - plain[i]));
    allNear(a, expectedCorrection(plain), SECOND_DIFFERENCE_BOUND, form);
    ok(Math.hypot(...a) > SECOND_DIFFERENCE_STEP, "nothing was corrected");
  }
});

test("levenbergMarquardt() with acceleration takes the same step from every form, for convex losses and l2", () => {
  for (const loss of [squaredError(), sigmoidCrossEntropy(), softmaxCrossEntropy()]) {
    for (const l2 of [0, 0.125]) {
      const options = { acceleration: ANY_LENGTH, l2 };
      const expected = stepOf({ ...options, form: "primal" }, loss);
      for (const form of loss.name === "squaredError" ? FORMS : ["dual"] as const) {
        const found = stepOf({ ...options, form }, loss);
        allNear(found, expected, ACCELERATED_STEP_BOUND, `${loss.name}, ${form}, l2 ${l2}`);
      }
    }
  }
});

test("levenbergMarquardt() leaves out a correction that is longer than the limit", () => {
  const plain = stepOf({});
  const length = Math.hypot(...expectedCorrection(plain)) / Math.hypot(...plain);
  equal(stepOf({ acceleration: 1.9 * length }), plain, "below its length");
  ok(String(stepOf({ acceleration: 2.1 * length })) !== String(plain), "above its length");
});

/** Steps until a network with a unit to spare, whose minima are valleys, has a loss of zero. */
function stepsToZero(acceleration: number, seed: number): number {
  using model = sequential({ input: [1], seed, dtype: "float64" }, [dense(4), tanh(), dense(1)]);
  const x = Array.from({ length: 25 }, (_, i) => i / 4 - 3);
  const y = x.map((v) => Math.tanh(2 * v) - Math.tanh(v + 1) / 2 + 0.3 * Math.tanh(v / 2 - 1));
  using input = tensor(x.map((v) => [v]), { dtype: "float64" });
  using target = tensor(y.map((v) => [v]), { dtype: "float64" });
  const optimizer = levenbergMarquardt({ acceleration });
  using state = optimizer.init(model);
  const problem = { model, loss: squaredError(), batch: { input, target } };
  let report = optimizer.step(state, problem);
  while (!report.stop && report.loss > VALLEY_LOSS && report.step < 1000) {
    report = optimizer.step(state, problem);
  }
  return report.loss <= VALLEY_LOSS ? report.step : Infinity;
}

test("levenbergMarquardt() with acceleration goes along valleys to the minimum in less than half the steps", () => {
  let [plain, accelerated] = [0, 0];
  for (const seed of [1, 2, 3, 4]) {
    plain += stepsToZero(0, seed);
    accelerated += stepsToZero(0.75, seed);
  }
  ok(2 * accelerated < plain, `${accelerated} steps beside ${plain}`);
});

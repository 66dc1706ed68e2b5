// Forms that work with residuals ask the loss for them: neither its name nor what stands at padding decides.
import {
  dense,
  type DType,
  huber,
  levenbergMarquardt,
  type LevenbergMarquardtOptions,
  type Loss,
  pseudoHuber,
  sequential,
  squaredError,
  tanh,
  Tensor,
  tensor,
} from "../../../mod.ts";
import { allNear, equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { DAMPED_STEP_BOUND } from "../../_support/tolerance.ts";
import { DTYPES, randomRows } from "../../_support/twins.ts";

const FORMS = ["auto", "primal", "dual", "square-root", "lsmr"] as const;
const SAMPLES = 7;

/** Parameters after some steps. */
function courseOf(
  options: LevenbergMarquardtOptions,
  loss: Loss,
  { steps = 1, target = randomRows(2, SAMPLES * steps, 2), lengths }: {
    steps?: number;
    target?: number[][];
    lengths?: number[];
  } = {},
): number[] {
  const dtype = "float64";
  const input = lengths ? [steps, 3] : [3];
  using model = sequential({ input, seed: 2, dtype }, [dense(4), tanh(), dense(2)]);
  using x = tensor(randomRows(1, SAMPLES * steps, 3).flat(), { shape: [SAMPLES, ...input], dtype });
  const shape = [SAMPLES, ...input.slice(0, -1), 2];
  using y = tensor(target.flat(), { shape, dtype });
  const batch = { input: x, target: y, ...(lengths && { lengths }) };
  const optimizer = levenbergMarquardt({ initialDamping: 0.1, ...options });
  using state = optimizer.init(model);
  for (let step = 0; step < 3; step++) optimizer.step(state, { model, loss, batch });
  return [...model.parameters.data];
}

test("a loss takes the same steps whatever it is called", () => {
  for (const loss of [huber(0.1), pseudoHuber(0.2)]) {
    const renamed = { ...loss, name: "squaredError" };
    for (const form of FORMS) {
      if (form === "square-root") continue;
      equal(courseOf({ form }, renamed), courseOf({ form }, loss), `${loss.name}, ${form}`);
    }
    throws(() => courseOf({ form: "square-root" }, renamed), TypeError, /has no residuals/);
  }
  const renamed = { ...squaredError(), name: "energy" };
  for (const form of FORMS) {
    equal(courseOf({ form }, renamed), courseOf({ form }, squaredError()), form);
  }
});

test("what stands at padding changes no step, not even where it is no number", () => {
  const lengths = [3, 1, 2, 3, 2, 1, 3], steps = 3;
  const clean = randomRows(2, SAMPLES * steps, 2);
  const dirty = clean.map((row, i) => i % steps < lengths[Math.floor(i / steps)] ? row : [NaN, 7]);
  const expected = courseOf({ form: "primal" }, squaredError(), { steps, target: clean, lengths });
  for (const form of ["auto", "primal", "square-root", "lsmr"] as const) {
    const run = (target: number[][]): number[] =>
      courseOf({ form, lsmr: { solverTolerance: 1e-14 } }, squaredError(), {
        steps,
        target,
        lengths,
      });
    equal(run(dirty), run(clean), form);
    allNear(run(dirty), expected, DAMPED_STEP_BOUND, form);
  }
});

test("where every sequence has one valid step all forms agree", () => {
  const lengths = Array.from({ length: SAMPLES }, () => 1), steps = 2;
  const target = randomRows(2, SAMPLES * steps, 2);
  const dirty = target.map((row, i) => i % steps === 0 ? row : [NaN, NaN]);
  const expected = courseOf(
    { form: "primal", primal: { assembly: "per-weight" } },
    squaredError(),
    {
      steps,
      target,
      lengths,
    },
  );
  for (const form of FORMS) {
    const found = courseOf({ form, lsmr: { solverTolerance: 1e-14 } }, squaredError(), {
      steps,
      target: dirty,
      lengths,
    });
    allNear(found, expected, DAMPED_STEP_BOUND, form);
  }
});

function pairOf(dtype: DType): { z: Tensor; y: Tensor } {
  return {
    z: tensor(randomRows(1, SAMPLES, 2), { dtype }),
    y: tensor(randomRows(2, SAMPLES, 2), { dtype }),
  };
}

test("residuals() of squaredError() are z - y in float64, half their squares the loss", () => {
  for (const dtype of DTYPES) {
    const { z, y } = pairOf(dtype);
    using _z = z;
    using _y = y;
    using r = new Tensor("float64", z.shape);
    squaredError().residuals!(z, y, r);
    equal([...r.data], [...z.data].map((v, i) => v - y.data[i]), dtype);
  }
});

test("residuals() refuses a result of another dtype or shape, and one over what it reads", () => {
  const { residuals } = squaredError();
  const { z, y } = pairOf("float64");
  using _z = z;
  using _y = y;
  using single = new Tensor("float32", z.shape);
  using flat = new Tensor("float64", [z.size]);
  throws(() => residuals!(z, y, single), TypeError, /float32/);
  throws(() => residuals!(z, y, flat), TypeError, /outputs have shape \(7, 2\), the result \(14\)/);
  throws(() => residuals!(z, y, y), TypeError, /overlaps/);
  ok(huber().residuals === undefined, "huber() has residuals of another kind");
});

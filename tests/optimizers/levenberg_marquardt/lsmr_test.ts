// The step without a matrix: what it has in common with the other forms, and what it has alone.
import {
  type Batch,
  dense,
  type DType,
  gaussNewton,
  huber,
  levenbergMarquardt,
  type LevenbergMarquardtOptions,
  type Loss,
  memoryUsage,
  minres,
  type Model,
  NonFiniteError,
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
} from "../../../mod.ts";
import { allNear, equal, near, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import {
  ILL_CONDITIONED_FIT,
  LEAST_SQUARES_STEP_BOUND,
  LINEAR_FIT_BOUND,
} from "../../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../../_support/twins.ts";

const STEPS = 3;

/** As near as the dtype allows. */
const EXACT = {
  float32: { lsmr: { solverTolerance: 1e-6, maxIterations: 1000 } },
  float64: { lsmr: { solverTolerance: 1e-13, maxIterations: 1000 } },
} as const;

interface Run {
  readonly loss: Loss;
  readonly samples: number;
  readonly dtype?: DType;
  readonly steps?: number;
}

/** Reports and parameters after some steps from the same start. */
function run(
  options: LevenbergMarquardtOptions,
  { loss, samples, dtype = "float64", steps = STEPS }: Run,
): { reports: StepReport[]; parameters: number[] } {
  using model = sequential({ input: [4], seed: 3, dtype }, [
    dense(8),
    tanh(),
    residual([dense(8), tanh()]),
    dense(3),
  ]);
  using input = tensorOf(randomRows(1, samples, 4), dtype);
  const shares = randomRows(2, samples, 3).map((row) => row.map((value) => (value + 1) / 2));
  using target = tensorOf(shares, dtype);
  const optimizer = levenbergMarquardt({ initialDamping: 0.5, ...options });
  using state = optimizer.init(model);
  const problem = { model, loss, batch: { input, target } };
  const reports = Array.from({ length: steps }, () => optimizer.step(state, problem));
  return { reports, parameters: [...model.parameters.data] };
}

for (const loss of [squaredError(), huber(0.5), sigmoidCrossEntropy(), softmaxCrossEntropy()]) {
  test(`levenbergMarquardt() by LSMR takes the steps of the matrix, for ${loss.name}`, () => {
    for (const dtype of DTYPES) {
      for (const samples of [6, 20]) {
        for (const scaling of ["identity", "maximum", "diagonal"] as const) {
          for (const l2 of [0, 0.0625]) {
            const where = `${dtype}, ${samples} samples, ${scaling}, l2 ${l2}`;
            const given = { loss, samples, dtype };
            const expected = run({ form: "primal", scaling, l2 }, given);
            const found = run({ form: "lsmr", scaling, l2, ...EXACT[dtype] }, given);
            const bound = LEAST_SQUARES_STEP_BOUND[dtype];
            allNear(found.parameters, expected.parameters, bound, where);
            for (const [i, { reductionRatio = NaN }] of found.reports.entries()) {
              const other = expected.reports[i].reductionRatio ?? NaN;
              near(reductionRatio, other, bound, `${where}: reduction ratio ${i}`);
            }
          }
        }
      }
    }
  });
}

test("levenbergMarquardt() by LSMR takes the steps of the dual system and of QR, bent ones too", () => {
  const given = { loss: squaredError(), samples: 7 };
  for (const acceleration of [0, 0.75]) {
    const found = run({ form: "lsmr", acceleration, ...EXACT.float64 }, given);
    for (const form of ["dual", "square-root"] as const) {
      const expected = run({ form, acceleration }, given);
      const bound = LEAST_SQUARES_STEP_BOUND.float64;
      allNear(found.parameters, expected.parameters, bound, `${form}, ${acceleration}`);
    }
  }
  const bent = { form: "lsmr", acceleration: 0.75, ...EXACT.float64 } as const;
  const softmax = { ...given, loss: softmaxCrossEntropy() };
  const expected = run({ form: "dual", acceleration: 0.75 }, softmax);
  const bound = LEAST_SQUARES_STEP_BOUND.float64;
  allNear(run(bent, softmax).parameters, expected.parameters, bound, "softmax, bent");
});

test("levenbergMarquardt() by LSMR squares no condition number, as Cholesky of G does", () => {
  const weights = [1, -2, 3, 0.5];
  // Inputs that differ in the sixth digit: J has a condition number of 10⁶.
  const rows = randomRows(1, 12, 3).map(([a, b, c]) => [a, a + 1e-6 * b, a - 1e-6 * c]);
  const values = rows.map((row) => [row.reduce((sum, x, i) => sum + weights[i] * x, weights[3])]);
  const errorOf = (form: "primal" | "lsmr"): number => {
    using model = sequential({ input: [3], seed: 3, dtype: "float64" }, [dense(1)]);
    using input = tensorOf(rows, "float64");
    using target = tensorOf(values, "float64");
    const optimizer = levenbergMarquardt({
      initialDamping: 1e-30,
      form,
      lsmr: { solverTolerance: 1e-15 },
    });
    using state = optimizer.init(model);
    optimizer.step(state, { model, loss: squaredError(), batch: { input, target } });
    return Math.max(...weights.map((weight, i) => Math.abs(model.parameters.data[i] - weight)));
  };
  ok(errorOf("lsmr") <= ILL_CONDITIONED_FIT, `by LSMR ${errorOf("lsmr")}`);
  ok(errorOf("primal") > ILL_CONDITIONED_FIT, `by Cholesky ${errorOf("primal")}`);
});

test("levenbergMarquardt() by LSMR spends no more iterations than it may, and fewer where less is asked", () => {
  for (const loss of [squaredError(), softmaxCrossEntropy()]) {
    const iterations = (options: LevenbergMarquardtOptions): number => {
      const { reports: [report] } = run({ form: "lsmr", ...options }, { loss, samples: 20 });
      ok(report.accepted, "a step that is not exact descends too");
      return report.solverIterations ?? NaN;
    };
    const all = iterations(EXACT.float64), few = iterations({ lsmr: { solverTolerance: 0.1 } });
    ok(few < all, `${few} of ${all}`);
    equal(iterations({ lsmr: { maxIterations: 2 } }), 2);
  }
  const { reports: [report] } = run({ form: "primal" }, { loss: squaredError(), samples: 6 });
  equal(report.solverIterations, undefined, "no solver");
});

test("levenbergMarquardt() by LSMR takes the iterates of MINRES on (G + λ I) d = -g where solves end early", () => {
  const damping = 0.5;
  for (const loss of [squaredError(), softmaxCrossEntropy()]) {
    for (const maxIterations of [1, 2, 4, 6]) {
      using model = sequential({ input: [4], seed: 3, dtype: "float64" }, [
        dense(5),
        tanh(),
        dense(3),
      ]);
      using input = tensorOf(randomRows(1, 8, 4), "float64");
      using target = tensorOf(
        randomRows(2, 8, 3).map((row) => row.map((v) => (v + 1) / 2)),
        "float64",
      );
      const before = [...model.parameters.data];
      const expected = minresStep(model, loss, { input, target }, damping, maxIterations);
      const optimizer = levenbergMarquardt({
        form: "lsmr",
        initialDamping: damping,
        lsmr: { maxIterations },
      });
      using state = optimizer.init(model);
      optimizer.step(state, { model, loss, batch: { input, target } });
      const step = before.map((value, i) => model.parameters.data[i] - value);
      const bound = LEAST_SQUARES_STEP_BOUND.float64;
      allNear(step, expected, bound, `${loss.name}, ${maxIterations} iterations`);
    }
  }
});

/** -x after so many iterations on (G + λ I) x = g. */
function minresStep(
  model: Model,
  loss: Loss,
  batch: Batch,
  damping: number,
  maxIterations: number,
): number[] {
  using lin = model.linearize(loss, batch);
  using gradient = lin.gradient();
  using undamped = gaussNewton(lin);
  using damped = undamped.add(damping);
  using solution = minres(damped, gradient, { tolerance: 0, maxIterations });
  return Array.from(solution.x.data, (value) => -value);
}

test("levenbergMarquardt() by LSMR never raises the loss, however early solves end", () => {
  for (const loss of [squaredError(), softmaxCrossEntropy()]) {
    for (const scaling of ["identity", "diagonal"] as const) {
      const options = {
        form: "lsmr",
        scaling,
        initialDamping: 1e-6,
        lsmr: { maxIterations: 3 },
      } as const;
      const { reports } = run(options, { loss, samples: 20, steps: 30 });
      for (const [i, { loss: now }] of reports.entries()) {
        ok(i === 0 || now <= reports[i - 1].loss, `${loss.name}, ${scaling}, step ${i}`);
      }
      ok(reports[29].loss < reports[0].loss, "no progress");
    }
  }
});

test("levenbergMarquardt() by LSMR trains what has too many parameters for a matrix", () => {
  using wide = sequential({ input: [150], seed: 1 }, [dense(150)]);
  using x = tensorOf(randomRows(1, 4, 150), "float32");
  const optimizer = levenbergMarquardt({ form: "lsmr", initialDamping: 1e-6 });
  using state = optimizer.init(wide);
  const problem = { model: wide, loss: squaredError(), batch: { input: x, target: x } };
  const { liveBytes } = memoryUsage();
  const before = optimizer.step(state, problem).loss;
  const after = optimizer.step(state, problem).loss;
  ok(after < LINEAR_FIT_BOUND * before, `${before} to ${after}`);
  ok(memoryUsage().liveBytes - liveBytes < 1e7, "nothing large was kept");
});

test("levenbergMarquardt() by LSMR rejects trials that are not finite, and solves anew", () => {
  using model = sequential({ input: [1], seed: 1, dtype: "float64" }, [dense(1)]);
  let evaluations = 0;
  const plain = squaredError();
  const loss: Loss = {
    ...plain,
    // Without a gradient: the batch, the solve, the trial, and so on.
    evaluate: (z, y, gradient) => {
      if (!gradient) evaluations++;
      return evaluations === 3 && !gradient ? NaN : plain.evaluate(z, y, gradient);
    },
  };
  using input = tensor([[1], [2]], { dtype: "float64" });
  using target = tensor([[1], [2]], { dtype: "float64" });
  const optimizer = levenbergMarquardt({ initialDamping: 0.5, rule: "marquardt", form: "lsmr" });
  using state = optimizer.init(model);
  const report = optimizer.step(state, { model, loss, batch: { input, target } });
  equal([report.accepted, report.trials, report.damping], [true, 2, 5]);
});

test("levenbergMarquardt() by LSMR leaves everything as it was when a step throws within a solve", () => {
  for (const failing of [1, 4]) {
    using model = sequential({ input: [2], seed: 1 }, [dense(3), tanh(), dense(2)]);
    using input = tensorOf(randomRows(1, 5, 2), "float32");
    using target = new Tensor("float32", [5, 2]);
    target.data.fill(0.5);
    const plain = sigmoidCrossEntropy();
    let calls = 0;
    const loss: Loss = {
      ...plain,
      hessianRoot: (z, y, work) => {
        const root = plain.hessianRoot!(z, y, work);
        return (column, out) => {
          if (++calls === failing) throw new NonFiniteError("take a root", "a test");
          root(column, out);
        };
      },
    };
    const optimizer = levenbergMarquardt({ form: "lsmr" });
    using state = optimizer.init(model);
    const problem = { model, loss, batch: { input, target } };
    const before = [...model.parameters.data, ...state.numbers.values(), state.step];
    throws(() => optimizer.step(state, problem), NonFiniteError, /a test/);
    equal([...model.parameters.data, ...state.numbers.values(), state.step], before);
    optimizer.step(state, problem);
    optimizer.step(state, problem);
    const { liveBytes } = memoryUsage();
    optimizer.step(state, problem);
    equal(memoryUsage().liveBytes, liveBytes, "a step gives back what it takes");
  }
});

test("levenbergMarquardt() by LSMR refuses a loss without a root, and options that have no meaning", () => {
  const given = { loss: welsch(), samples: 6 };
  throws(() => run({ form: "lsmr" }, given), TypeError, /welsch is not convex/);
  throws(
    () => levenbergMarquardt({ lsmr: { solverTolerance: 1 } }),
    RangeError,
    /lsmr: solverTolerance/,
  );
  throws(
    () => levenbergMarquardt({ lsmr: { maxIterations: 0 } }),
    RangeError,
    /lsmr: maxIterations/,
  );
  throws(() => levenbergMarquardt({ form: "cg" as "lsmr" }), TypeError, /form must be/);
});

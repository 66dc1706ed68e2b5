// EA-CG and KFI beside their oracles, step by step.
import {
  eaCg,
  type EaCgOptions,
  heavyBall,
  kfi,
  type KfiOptions,
  type Optimizer,
} from "../../mod.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  FLOAT32_TRAJECTORY_BOUND,
  identityBound,
  orderSlack,
  SOLVER_TRAJECTORY_BOUND,
} from "../_support/tolerance.ts";
import {
  directSolve,
  eaCgSolve,
  type EaSettings,
  eaStep,
  kfiFactors,
  kfiSolve,
} from "../oracles/ea_cg.ts";
import { combine, identity, kronecker, type Rows } from "../oracles/matrices.ts";
import { smallestEigenvalue } from "../oracles/positive_curvature.ts";
import { randomRows } from "../_support/twins.ts";
import { twinProblem, type TwinProblemOptions } from "./_problem.ts";

const STEPS = 12;

const DEFAULTS: EaSettings = {
  learningRate: 0.1,
  alpha: 0.02,
  projection: "abs",
  expectation: "mean",
  bias: "separate",
  solverTolerance: 0.1,
  maxIterations: 50,
};

interface Case {
  readonly options: EaCgOptions & Partial<EaSettings>;
  readonly problem?: TwinProblemOptions;
}

const CASES: Readonly<Record<string, Case>> = {
  "defaults": { options: {} },
  "the full form": { options: { form: "full" } },
  "direct solves": { options: { form: "direct" } },
  "second moments": { options: { form: "second-moment", alpha: 0.1 } },
  "second moments and a joint bias": {
    options: { form: "second-moment", bias: "joint", alpha: 0.1 },
  },
  "a joint bias": { options: { bias: "joint" } },
  "clip": { options: { projection: "clip" } },
  "zero": { options: { projection: "zero" } },
  "EA2'": { options: { expectation: "second-moment" } },
  "tight solves": { options: { solverTolerance: 1e-6, alpha: 0.1 } },
  "few iterations": { options: { maxIterations: 1 } },
  "the expected zero-one loss": { options: {}, problem: { lossName: "zeroOneIndices" } },
  "Welsch's loss": { options: { projection: "clip" }, problem: { lossName: "welsch" } },
  "the squared error, a batch of 1": {
    options: {},
    problem: { lossName: "squaredError", batchSize: 1 },
  },
  "sigmoid outputs": { options: {}, problem: { lossName: "sigmoidCrossEntropy" } },
  "rectified units without bias": {
    options: {},
    problem: { layers: [{ units: 7, activation: "relu", bias: false }, { units: 3 }] },
  },
};

/** Compares every step with the oracle's from the same parameters, in both dtypes. */
function checkSteps(
  optimizer: Optimizer,
  settings: EaSettings,
  solve: Parameters<typeof eaStep>[6],
  options: TwinProblemOptions = {},
): void {
  for (const dtype of ["float32", "float64"] as const) {
    using problem = twinProblem({ ...options, dtype });
    const { model, loss, oracle, net, weights, batches } = problem;
    using state = optimizer.init(model);
    for (let step = 0; step < STEPS; step++) {
      const { batch, x, y } = batches[step % batches.length];
      const before = weights();
      const expected = eaStep(net, oracle, before, x, y, settings, solve);
      optimizer.step(state, { model, loss, batch });
      const bound = dtype === "float32" ? FLOAT32_TRAJECTORY_BOUND : SOLVER_TRAJECTORY_BOUND;
      allNear(weights().flat(2), expected.flat(2), bound, `step ${step}, ${dtype}`);
    }
  }
}

for (const [name, { options, problem }] of Object.entries(CASES)) {
  test(`eaCg() takes the oracle's steps: ${name}`, () => {
    const settings = { ...DEFAULTS, ...options } as EaSettings;
    const inputs = options.form === "second-moment" ? "second-moment" : "mean";
    const solve = options.form === "direct" ? directSolve(settings) : eaCgSolve(settings, inputs);
    checkSteps(eaCg(options), settings, solve, problem);
  });
}

const KFI_CASES: Readonly<Record<string, KfiOptions>> = {
  "defaults": {},
  "a joint bias": { bias: "joint" },
  "clip and EA2'": { projection: "clip", expectation: "second-moment" },
  "another α": { alpha: 0.3 },
};

/** L2 too small for any effect, with which KFI factors A however few the samples are. */
const NO_L2 = Number.MIN_VALUE;

for (const [name, options] of Object.entries(KFI_CASES)) {
  for (const batchSize of [8, 3, 1]) {
    test(`kfi() takes the oracle's steps by inputs and by samples: ${name}, ${batchSize} samples`, () => {
      const settings = { ...DEFAULTS, ...options } as EaSettings;
      for (const l2 of [0, NO_L2]) {
        checkSteps(kfi({ ...options, l2 }), settings, kfiSolve(settings, true), { batchSize });
      }
    });
  }
}

test("KFI's matrix is the damped Kronecker product with two terms more, and above it", () => {
  for (const dtype of ["float64"] as const) {
    const q = randomRows(1, 4, 4), s = randomRows(2, 6, 6);
    const square = (rows: Rows): Rows =>
      rows.map((row) => rows.map((other) => row.reduce((sum, x, k) => sum + x * other[k], 0)));
    const [h, a] = [square(q), square(s)], alpha = 0.02, gamma = alpha / (1 - alpha);
    const [output, input] = kfiFactors(h, a, alpha);
    const own = kronecker(output, input), size = own.length;
    const exact = combine(1, kronecker(h, a), 1, identity(size, gamma));
    const pi = (input[0][0] - a[0][0]) / Math.sqrt(gamma);
    const more = combine(
      pi * Math.sqrt(gamma),
      kronecker(h, identity(6)),
      Math.sqrt(gamma) / pi,
      kronecker(identity(4), a),
    );
    allNear(own.flat(), combine(1, exact, 1, more).flat(), identityBound(dtype));
    const drop = smallestEigenvalue(combine(1, own, -1, exact));
    ok(drop >= -orderSlack(dtype) * own[0][0], `over-damped by ${drop} at least`);
  }
});

test("steps of both methods go downhill, for every criterion, projection and α", () => {
  for (const lossName of ["softmaxIndices", "squaredError", "welsch", "zeroOneIndices"] as const) {
    for (const projection of ["zero", "clip", "abs"] as const) {
      for (const alpha of [0.001, 0.02, 0.5]) {
        for (const make of [eaCg, kfi]) {
          using problem = twinProblem({ lossName });
          const { model, loss, batches: [{ batch }] } = problem;
          const before = [...model.parameters.data];
          using lin = model.linearize(loss, batch);
          using gradient = lin.gradient();
          using state = make({ projection, alpha }).init(model);
          make({ projection, alpha }).step(state, { model, loss, batch });
          for (const { offset, weight: { size }, name } of model.sites) {
            let slope = 0;
            for (let i = offset; i < offset + size; i++) {
              slope += gradient.data[i] * (model.parameters.data[i] - before[i]);
            }
            ok(slope < 0, `${lossName}, ${projection}, ${alpha}, ${name}: ${slope}`);
          }
        }
      }
    }
  }
});

test("an α that adapts falls while the model predicts well, rises where it does not, and is remembered", () => {
  using problem = twinProblem({ lossName: "squaredError" });
  const { model, loss, batches: [{ batch }] } = problem;
  const optimizer = eaCg({ adaptation: "reduction-ratio", form: "second-moment", bias: "joint" });
  using state = optimizer.init(model);
  const initial = Number(optimizer.options.alpha);
  let alpha = initial;
  for (let step = 0; step < 20; step++) {
    const { damping = NaN, reductionRatio = NaN, accepted } = optimizer.step(state, {
      model,
      loss,
      batch,
    });
    allNear([damping], [alpha], identityBound("float64"), `α of step ${step}`);
    equal(accepted, true);
    const factor = reductionRatio > 3 / 4 ? 2 / 3 : reductionRatio < 1 / 4 ? 3 / 2 : 1;
    const lambda = factor * alpha / (1 - alpha);
    alpha = lambda / (1 + lambda);
  }
  ok(alpha < initial, "the model of a small step predicts well");
});

test("a step to where there is no loss is taken back when α adapts, and α rises", () => {
  using problem = twinProblem({ dtype: "float32", lossName: "squaredError" });
  const { model, loss, batches: [{ batch }] } = problem;
  const optimizer = eaCg({ adaptation: "reduction-ratio", learningRate: 1e35 });
  using state = optimizer.init(model);
  const before = [...model.parameters.data];
  const report = optimizer.step(state, { model, loss, batch });
  equal([report.accepted, report.stepNorm, report.reductionRatio], [false, 0, -Infinity]);
  equal([...model.parameters.data], before);
  const { damping = NaN } = optimizer.step(state, { model, loss, batch });
  ok(report.damping !== undefined && damping > report.damping, "α rose");
});

for (const make of [eaCg, kfi]) {
  /** A network all of whose hidden units are off, on inputs whose mean is zero where that is asked. */
  const dead = (isCentred: boolean) => {
    const problem = twinProblem({ layers: [{ units: 4, activation: "relu" }, { units: 3 }] });
    const { model: { sites: [{ weight }] }, batches: [{ batch }] } = problem;
    for (let i = 0; i < weight.size; i++) weight.data[i] = i % 5 === 4 ? -1 : 0;
    batch.input.data.forEach((_, i, x) => x[i] = isCentred && i >= x.length / 2 ? -1 : 1);
    problem.model.parametersChanged();
    return problem;
  };

  test(`${make.name}() names dead layers and inputs whose mean is zero, and changes nothing`, () => {
    for (const isCentred of [false, true]) {
      using problem = dead(isCentred);
      const { model, loss, batches: [{ batch }] } = problem;
      const before = [...model.parameters.data], optimizer = make();
      using state = optimizer.init(model);
      throws(
        () => optimizer.step(state, { model, loss, batch }),
        RangeError,
        /^Cannot take a step: the (curvature|mean input|input factor) of site "dense_\d" is zero/,
      );
      equal([...model.parameters.data], before);
      equal(state.step, 0);
    }
  });

  test(`${make.name}() goes on with every sample learnt, where the outputs have no curvature`, () => {
    using problem = twinProblem({ lossName: "softmaxIndices" });
    const { model, loss, batches: [{ batch }] } = problem;
    const { weight } = model.sites[model.sites.length - 1];
    weight.data.fill(0);
    const [classes, width] = weight.shape;
    for (let c = 0; c < classes; c++) weight.data[(c + 1) * width - 1] = -1e4 * c;
    model.parametersChanged();
    batch.target.data.fill(0);
    const before = [...model.parameters.data], optimizer = make();
    using state = optimizer.init(model);
    equal(optimizer.step(state, { model, loss, batch }).gradientNorm, 0);
    equal([...model.parameters.data], before);
  });

  test(`${make.name}() takes the limit at dead layers and inputs whose mean is zero where told to`, () => {
    using problem = dead(true);
    const { model, loss, batches: [{ batch }] } = problem;
    const optimizer = make({ degenerate: "limit" });
    using state = optimizer.init(model);
    for (let step = 0; step < 5; step++) optimizer.step(state, { model, loss, batch });
    ok(model.parameters.data.every(Number.isFinite), "finite parameters");
  });
}

test("states remember nothing without momentum, and one vector with it", () => {
  for (const make of [eaCg, kfi]) {
    using problem = twinProblem({ dtype: "float32" });
    const { model } = problem;
    using plain = make().init(model);
    equal(plain.bytes, 0);
    using moving = make({ momentum: heavyBall(0.5) }).init(model);
    equal(moving.bytes, 4 * model.parameterCount);
  }
});

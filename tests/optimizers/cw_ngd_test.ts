import {
  type Batch,
  choleskySolve,
  clone,
  cwNgd,
  type CwNgdOptions,
  defineLoss,
  dense,
  empiricalFisher,
  type FloatArray,
  heavyBall,
  type Loss,
  memoryUsage,
  type Model,
  movingAverage,
  nesterov,
  OutOfMemoryError,
  segments,
  sequential,
  softmaxCrossEntropy,
  tanh,
  tensor,
  zeros,
} from "../../mod.ts";
import { allNear, equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { leaksNothing, withRefusal } from "../_support/scarce_memory.ts";
import {
  DAMPED_STEP_BOUND,
  FLOAT32_TRAJECTORY_BOUND,
  GOLDEN_DIGITS,
  SOLVER_TRAJECTORY_BOUND,
} from "../_support/tolerance.ts";
import { DTYPES, randomRows } from "../_support/twins.ts";
import { empiricalMatrix, NETS, STRATEGIES, withBatch } from "../curvature/_segments.ts";
import { CwNgdOracle, type CwNgdOracleSettings } from "../oracles/cw_ngd.ts";
import * as m from "../oracles/matrices.ts";
import golden from "./cw_ngd_golden.json" with { type: "json" };
import { twinProblem, type TwinProblemOptions } from "./_problem.ts";

const STEPS = 12;
const MILD: CwNgdOptions = { learningRate: 0.02, damping: 0.05 };

interface Case {
  readonly options: CwNgdOptions;
  readonly problem?: TwinProblemOptions;
}

const CASES: Readonly<Record<string, Case>> = {
  "the published strategy": { options: MILD },
  "single weights": { options: { ...MILD, threshold: 4 } },
  "nothing but scalars": { options: { ...MILD, dense: "scalar", bias: "scalar" } },
  "rows with their bias": { options: { ...MILD, bias: "joined" } },
  "whole layers": { options: { ...MILD, dense: "layer" } },
  "whole layers with their bias": { options: { ...MILD, dense: "layer", bias: "joined" } },
  "damping in units of the diagonal": { options: { ...MILD, dampingScale: "relative" } },
  "… of layers": { options: { ...MILD, dense: "layer", dampingScale: "relative" } },
  "matrices now and then": { options: { ...MILD, refreshInterval: 3, decay: 0.8 } },
  "the last batch alone": { options: { ...MILD, decay: 0 } },
  "layers of the last batch alone": { options: { ...MILD, decay: 0, dense: "layer" } },
  "… in units of the diagonal": {
    options: { decay: 0, dense: "layer", bias: "joined", damping: 2, dampingScale: "relative" },
  },
  "heavy-ball momentum": { options: { ...MILD, momentum: heavyBall(0.5) } },
  "Nesterov momentum": { options: { ...MILD, momentum: nesterov(0.5) } },
  "no momentum": { options: { ...MILD, momentum: movingAverage(0) } },
  "L2 and decoupled decay": { options: { ...MILD, l2: 0.01, weightDecay: 0.1 } },
  "a schedule": { options: { ...MILD, damping: (step) => 0.1 / (1 + step) } },
  "batches of one sample": {
    options: { ...MILD, damping: 0.2 },
    problem: { lossName: "squaredError", batchSize: 1 },
  },
  "rectified units without bias": {
    options: MILD,
    problem: { layers: [{ units: 7, activation: "relu", bias: false }, { units: 3 }] },
  },
};

function run({ options, problem: problemOptions }: Case): void {
  using problem = twinProblem(problemOptions);
  const { model, net, loss, oracle, batches } = problem;
  const optimizer = cwNgd(options);
  const settings = optimizer.options as unknown as CwNgdOracleSettings;
  const twin = new CwNgdOracle(net, oracle, model.parameters.data, settings);
  using state = optimizer.init(model);
  const bound = model.dtype === "float64" ? SOLVER_TRAJECTORY_BOUND : FLOAT32_TRAJECTORY_BOUND;
  for (let step = 0; step < STEPS; step++) {
    const { batch, x, y } = batches[step % batches.length];
    const report = optimizer.step(state, { model, loss, batch });
    const expected = twin.step(x, y);
    near(report.loss, expected, bound * Math.max(1, expected), `loss of step ${step}`);
  }
  allNear(model.parameters.data, twin.theta, bound, "parameters");
}

for (const [name, given] of Object.entries(CASES)) {
  for (const dtype of DTYPES) {
    test(`${STEPS} steps of cwNgd agree with the oracle: ${name}, ${dtype}`, () => {
      run({ ...given, problem: { ...given.problem, dtype } });
    });
  }
}

/** The direction of a first step, whose averages have seen nothing else, and how many segments needed another attempt. */
function firstStep(
  model: Model,
  batch: Batch,
  options: CwNgdOptions,
): { readonly u: number[]; readonly retried: number | undefined } {
  const optimizer = cwNgd({ learningRate: 1, ...options });
  using state = optimizer.init(model);
  using before = clone(model.parameters);
  const { retriedSegments } = optimizer.step(state, { model, loss: softmaxCrossEntropy(), batch });
  const u = Array.from(before.data, (value, p) => value - model.parameters.data[p]);
  model.parameters.data.set(before.data);
  return { u, retried: retriedSegments };
}

/** Runs `body` on a network of each kind with what a first step must be made of. */
function forEachNet(
  batchSize: number,
  body: (known: { name: string; model: Model; batch: Batch; fisher: m.Rows; g: number[] }) => void,
): void {
  for (const [name, net] of Object.entries(NETS)) {
    withBatch(net, { dtype: "float64", batchSize }, (model, lin, batch) => {
      using gradient = lin.gradient();
      body({ name, model, batch, fisher: empiricalMatrix(lin), g: [...gradient.data] });
    });
  }
}

/** (F + ε I)⁻¹ g of one segment. */
function solved(
  fisher: m.Rows,
  g: readonly number[],
  indices: readonly number[],
  epsilon: number,
): number[] {
  const block = indices.map((i) => indices.map((j) => fisher[i][j] + (i === j ? epsilon : 0)));
  return m.apply(m.inverse(block), indices.map((i) => g[i]));
}

for (const [strategy, options] of Object.entries(STRATEGIES)) {
  test(`a first step solves with the damped blocks of the Fisher matrix: ${strategy}`, () => {
    const epsilon = 0.01;
    forEachNet(9, ({ name, model, batch, fisher, g }) => {
      using lin = model.linearize(softmaxCrossEntropy(), batch);
      const groups = segments(lin, options);
      for (const { matrices } of groups) matrices.dispose();
      lin.dispose();
      for (const decay of [0.99, 0]) {
        const { u } = firstStep(model, batch, { ...options, damping: epsilon, decay });
        for (const { indices } of groups) {
          for (const each of indices) {
            const found = each.map((p) => u[p]);
            const scale = Math.max(1, ...found.map(Math.abs));
            allNear(
              [...found, scale],
              [...solved(fisher, g, each, epsilon), scale],
              DAMPED_STEP_BOUND,
              name,
            );
            const model = each.reduce((sum, p) => sum + g[p] * u[p], 0);
            ok(model >= -DAMPED_STEP_BOUND && model < 1, `${name}: gᵀu = ${model} of a segment`);
          }
        }
      }
    });
  });
}

test("one segment for a layer gives the natural gradient of that layer", () => {
  withBatch(NETS.convolution, { dtype: "float64", batchSize: 7 }, (model, lin, batch) => {
    using gradient = lin.gradient();
    using operator = empiricalFisher(lin, { blocks: "site" });
    using fisher = operator.toDense();
    const options: CwNgdOptions = { conv: "layer", dense: "layer", bias: "joined", damping: 0.05 };
    const { u } = firstStep(model, batch, options);
    for (let i = 0; i < u.length; i++) fisher.data[i * (u.length + 1)] += 0.05;
    using natural = choleskySolve(fisher, gradient);
    allNear(u, natural.data, DAMPED_STEP_BOUND, "u");
  });
});

test("a batch of one sample gives g / (ε + gᵀg) in every segment", () => {
  forEachNet(1, ({ name, model, batch, g }) => {
    using lin = model.linearize(softmaxCrossEntropy(), batch);
    const groups = segments(lin);
    for (const { matrices } of groups) matrices.dispose();
    lin.dispose();
    const { u } = firstStep(model, batch, { damping: 0.1 });
    for (const each of groups.flatMap(({ indices }) => indices)) {
      const square = each.reduce((sum, p) => sum + g[p] * g[p], 0);
      const expected = each.map((p) => g[p] / (0.1 + square));
      allNear(each.map((p) => u[p]), expected, DAMPED_STEP_BOUND, name);
    }
  });
});

test("single parameters step by g / (mean g² + ε), without a root", () => {
  forEachNet(6, ({ name, model, batch, fisher, g }) => {
    const { u } = firstStep(model, batch, { chunks: { size: 1 }, damping: 0.01 });
    allNear(u, g.map((value, p) => value / (fisher[p][p] + 0.01)), DAMPED_STEP_BOUND, name);
  });
});

test("a segment without a factor is solved with ten times the ε, and again, until it has one", () => {
  withBatch(NETS.convolution, { dtype: "float64", batchSize: 2 }, (model, lin, batch) => {
    using gradient = lin.gradient();
    const fisher = empiricalMatrix(lin), g = [...gradient.data], damping = 2 ** -70;
    const options = { conv: "layer", dense: "layer" } as const;
    const groups = segments(lin, options);
    for (const { matrices } of groups) matrices.dispose();
    const { u, retried } = firstStep(model, batch, { ...options, damping });
    ok((retried ?? 0) > 0, "retried");
    for (const [indices] of groups.map((group) => group.indices)) {
      const x = indices.map((p) => u[p]), size = Math.sqrt(m.dot(x, x));
      const block = indices.map((i) => indices.map((j) => fisher[i][j]));
      const scale = m.frobenius(block) * size;
      const residuals = Array.from({ length: 20 }, (_, k) => {
        const epsilon = damping * 10 ** k;
        const left = m.apply(block, x).map((value, a) => value + epsilon * x[a] - g[indices[a]]);
        return Math.sqrt(m.dot(left, left)) / scale;
      });
      ok(Math.min(...residuals) < DAMPED_STEP_BOUND, `residual ${Math.min(...residuals)}`);
    }
  });
});

test("segments of low rank are solved all the same, and counted", () => {
  for (const dtype of DTYPES) {
    withBatch(NETS.convolution, { dtype, batchSize: 2 }, (model, lin, batch) => {
      using gradient = lin.gradient();
      const damping = 2 ** (dtype === "float32" ? -40 : -70);
      for (const conv of ["kernel", "layer"] as const) {
        const { u, retried } = firstStep(model, batch, { conv, damping, learningRate: 2 ** -20 });
        ok((retried ?? 0) > 0, `${dtype}, ${conv}: ${retried} segments`);
        const product = u.reduce((sum, value, p) => sum + value * gradient.data[p], 0);
        ok(u.every(Number.isFinite) && product > 0, "a direction of descent");
      }
      equal(firstStep(model, batch, { damping: 1 }).retried, 0, "with much damping none is");
    });
  }
});

test("for small ε a step of a loss times c is divided by c", () => {
  withBatch(NETS["dense over steps"], { dtype: "float64", batchSize: 40 }, (model, _, batch) => {
    using target = zeros([40, 3], { dtype: "float64" });
    target.data.forEach((_, i) => target.data[i] = Math.sin(i));
    const given = { ...batch, target };
    const direction = (c: number): number[] => {
      const scalars = { dense: "scalar", bias: "scalar" } as const;
      const optimizer = cwNgd({ learningRate: 1, damping: 1e-13, ...scalars });
      using state = optimizer.init(model);
      using before = clone(model.parameters);
      optimizer.step(state, { model, loss: scaledSquares(c), batch: given });
      const u = Array.from(before.data, (value, p) => value - model.parameters.data[p]);
      model.parameters.data.set(before.data);
      return u;
    };
    const thrice = direction(3).map((value) => 3 * value);
    allNear(thrice, direction(1), SOLVER_TRAJECTORY_BOUND, "u");
  });
});

/** c ½ ‖z - y‖². */
function scaledSquares(c: number): Loss {
  return defineLoss({
    name: `${c} squares`,
    isConvex: true,
    value: (z, y) => Array.from(z).reduce((sum, x, k) => sum + c / 2 * (x - y[k]) ** 2, 0),
    gradient: (z, y, out) => z.forEach((x, k) => out[k] = c * (x - y[k])),
    hessianProduct: (_z, _y, change, out) => change.forEach((x, k) => out[k] = c * x),
  });
}

test("rows with their bias do not mind an affine change of the layer's input, but for ε", () => {
  // Outputs change by u [a | 1]; inputs M a + s with the parameters W M⁻¹ have the same outputs and cotangents.
  const samples = 30, inputs = 3, change = [[2, 0.5, 0], [0, 1.5, -0.5], [0.25, 0, 1]];
  const shift = [0.5, -1, 0.25];
  const rows = randomRows(1, samples, inputs);
  const moved = rows.map((row) => m.apply(change, row).map((value, i) => value + shift[i]));
  const outputChange = (x: m.Rows, isMoved: boolean): number[] => {
    using model = sequential({ input: [inputs], seed: 2, dtype: "float64" }, [dense(3)]);
    if (isMoved) transformRows(model.parameters.data, m.inverse(change), shift);
    using input = tensor(x, { dtype: "float64" });
    using target = tensor(x.map((_, n) => n % 3), { dtype: "float64" });
    const { u } = firstStep(model, { input, target }, { bias: "joined", damping: 1e-12 });
    return x.flatMap((row) =>
      [0, 1, 2].map((o) => [...row, 1].reduce((sum, a, j) => sum + a * u[o * 4 + j], 0))
    );
  };
  allNear(outputChange(moved, true), outputChange(rows, false), DAMPED_STEP_BOUND, "outputs");
});

/** Rows w, b of W become w M⁻¹, b - w M⁻¹ s. */
function transformRows(theta: FloatArray, inverse: m.Rows, shift: readonly number[]): void {
  for (let o = 0; o < 3; o++) {
    const w = Array.from(theta.subarray(o * 4, o * 4 + 3));
    const next = m.apply(m.transpose(inverse), w);
    theta.set(next, o * 4);
    theta[o * 4 + 3] -= m.dot(next, [...shift]);
  }
}

test("a constant batch and gradient leave averages with corrected bias as they are", () => {
  withBatch(NETS.dense, { dtype: "float64", batchSize: 5 }, (model, _, batch) => {
    // So small a step that parameters, and so gradients, stay.
    const optimizer = cwNgd({ learningRate: 2 ** -80, damping: 0.1 });
    using state = optimizer.init(model);
    const lengths = [0, 1, 2, 3].map(() =>
      optimizer.step(state, { model, loss: softmaxCrossEntropy(), batch }).stepNorm
    );
    for (const length of lengths) near(length / lengths[0], 1, DAMPED_STEP_BOUND, "length");
  });
});

test("the golden first step of an independent implementation", () => {
  const dtype = "float64";
  using model = sequential({ input: [3], dtype }, [dense(4), tanh(), dense(3)]);
  const place = (start: number, rows: number, columns: number): number[] => [
    ...Array.from(
      { length: rows * columns },
      (_, k) => start + Math.floor(k / columns) * (columns + 1) + k % columns,
    ),
    ...Array.from({ length: rows }, (_, o) => start + o * (columns + 1) + columns),
  ];
  const places = [...place(0, 4, 3), ...place(16, 3, 4)];
  for (const [k, p] of places.entries()) model.parameters.data[p] = 0.5 * Math.sin(k + 1);
  const rows = [0, 1, 2, 3, 4].map((n) => [0, 1, 2].map((i) => Math.sin(0.7 * (3 * n + i + 1))));
  using input = tensor(rows, { dtype });
  using target = tensor([0, 2, 1, 1, 0], { dtype });
  using lin = model.linearize(softmaxCrossEntropy(), { input, target });
  using gradient = lin.gradient();
  const { u } = firstStep(model, { input, target }, { damping: 1e-3 });
  allNear(places.map((p) => u[p]), golden.u, GOLDEN_DIGITS, "u");
  near(m.dot([...gradient.data], u), golden.gu, GOLDEN_DIGITS * 10, "gᵀu");
});

const REFUSED: Readonly<Record<string, [CwNgdOptions, RegExp]>> = {
  "ε = 0": [{ damping: 0 }, /damping must be/],
  "a negative ε": [{ damping: -1 }, /damping must be/],
  "an unknown scale of ε": [{ dampingScale: "mean" as "relative" }, /dampingScale must be/],
  "a strategy of another kind of site": [{ dense: "filter" as "row" }, /dense must be "row"/],
  "another Fisher matrix": [{ fisher: "true" as "exact" }, /fisher must be/],
};

for (const [what, [options, pattern]] of Object.entries(REFUSED)) {
  test(`cwNgd() refuses ${what}`, () => {
    throws(() => cwNgd(options), Error, pattern);
  });
}

test("segments beyond memory are refused before anything is kept, with their bytes and what takes less", () => {
  using model = sequential({ input: [8000] }, [dense(100)]);
  const { liveBytes } = memoryUsage();
  const pattern = /dense_1.* need 25600000000 bytes; a smaller threshold/;
  throws(() => cwNgd({ threshold: 8000 }).init(model), RangeError, pattern);
  throws(() => cwNgd({ bias: "joined" }).init(model), TypeError, /bias: "scalar"/);
  equal(memoryUsage().liveBytes, liveBytes);
});

test("where memory does not suffice for segments the error says what takes less, and nothing stays", () => {
  withBatch(NETS.convolution, { dtype: "float32", batchSize: 3 }, (model, lin) => {
    const first = withRefusal(1, () => cwNgd().init(model));
    throws(
      () => {
        throw first;
      },
      OutOfMemoryError,
      /site "conv2d_1" need \d+ bytes; a smaller threshold/,
    );
    leaksNothing("segments()", () => {
      for (const { matrices } of segments(lin, { chunks: { size: 5 } })) matrices.dispose();
    });
  });
});

// Methods take LSTMs as they take any affine site: steps of sequences are positions.
import {
  dense,
  type DType,
  heavyBall,
  kfac,
  lastStep,
  type Layer,
  lstm,
  memoryUsage,
  type Model,
  type Optimizer,
  sequential,
  softmaxCrossEntropy,
  tensor,
} from "../../mod.ts";
import { allNear, equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { TRAJECTORY_BOUND } from "../_support/tolerance.ts";
import { DTYPES, randomRows } from "../_support/twins.ts";
import { combine, identity, inverse, multiply, type Rows, transpose } from "../oracles/matrices.ts";
import { FORMS } from "./_methods.ts";

const [SAMPLES, STEPS, FEATURES, CLASSES] = [8, 5, 2, 3];
const UPDATES = 10;

const NETS: Readonly<Record<string, () => Layer[]>> = {
  "at its last step": () => [lstm(6), lstm(4), lastStep(), dense(CLASSES)],
  "at every step": () => [lstm(6), dense(CLASSES)],
};

/** A model with sequences of which each step has the class of its largest sum so far, and its loss. */
function problem(layers: () => Layer[], dtype: DType) {
  const model = sequential({ input: [STEPS, FEATURES], seed: 4, dtype }, layers());
  const rows = randomRows(5, SAMPLES * STEPS, FEATURES);
  const input = tensor(rows.flat(), { dtype, shape: [SAMPLES, STEPS, FEATURES] });
  const classes = rows.map(([a, b]) => a + b > 0.5 ? 2 : a > b ? 1 : 0);
  const target = model.output.length === 2
    ? tensor(classes, { dtype, shape: [SAMPLES, STEPS] })
    : tensor(classes.slice(0, SAMPLES), { dtype });
  return { model, loss: softmaxCrossEntropy(), batch: { input, target } };
}

function losses(layers: () => Layer[], dtype: DType, optimizer: Optimizer): number[] {
  const { model, loss, batch } = problem(layers, dtype);
  using state = optimizer.init(model, { loss, warmStart: [batch] });
  return Array.from(
    { length: UPDATES },
    () => optimizer.step(state, { model, loss, batch }).loss,
  );
}

for (const [name, { optimizer, method }] of Object.entries(FORMS)) {
  if (method.sites === "dense") continue;
  test(`${name} lowers the loss of an LSTM, at the last step and at every step`, () => {
    for (const dtype of DTYPES) {
      for (const [net, layers] of Object.entries(NETS)) {
        const found = losses(layers, dtype, optimizer);
        ok(found[UPDATES - 1] < found[0], `${net}, ${dtype}: ${found}`);
      }
    }
  });
}

test("steps on sequences with lengths take no memory beyond that of the first 3, and give all back", () => {
  for (const [name, { optimizer, method }] of Object.entries(FORMS)) {
    if (method.sites === "dense") continue;
    const steps = (): void => {
      const { model, loss, batch } = problem(NETS["at every step"], "float32");
      using state = optimizer.init(model);
      const step = (n: number): void => {
        const lengths = batch.input.data.slice(0, SAMPLES).map((_, i) => 1 + (i + n) % STEPS);
        optimizer.step(state, { model, loss, batch: { ...batch, lengths } });
      };
      for (let n = 0; n < 3; n++) step(n);
      const settled = memoryUsage();
      for (let n = 3; n < 9; n++) step(n);
      equal(memoryUsage(), settled, name);
      model.dispose();
      batch.input.dispose();
      batch.target.dispose();
    };
    steps();
    const before = memoryUsage().liveBytes;
    steps();
    equal(memoryUsage().liveBytes, before, `live bytes after ${name}`);
  }
});

/** W of every site. */
function weights({ sites }: Model): Rows[] {
  return sites.map(({ weight }) => weight.toArray() as Rows);
}

/** (X + root I)^-1. */
function damped(x: Rows, root: number): Rows {
  return inverse(combine(1, x, root, identity(x.length)));
}

test("K-FAC's factors of an LSTM are A = mean_n Σ_t a aᵀ and G = mean_n mean_t g gᵀ", () => {
  const [learningRate, damping] = [0.1, 0.25];
  for (const layers of Object.values(NETS)) {
    const { model, loss, batch } = problem(layers, "float64");
    const before = weights(model);
    const lin = model.linearize(loss, batch);
    const expected = lin.sites.map(({ inputs, outputGradients, positions }, i) => {
      const a = inputs.toArray(), g = outputGradients.toArray() as Rows;
      const mean = (x: Rows, y: Rows, count: number): Rows =>
        multiply(transpose(x), y).map((row) => row.map((value) => value / count));
      const factorA = mean(a, a, SAMPLES), factorG = mean(g, g, SAMPLES * positions);
      const root = Math.sqrt(damping);
      const step = multiply(
        multiply(damped(factorG, root), mean(g, a, SAMPLES)),
        damped(factorA, root),
      );
      return combine(1, before[i], -learningRate, step);
    });
    lin.dispose();
    const options = { split: "plain", fisher: "empirical", momentum: heavyBall(0) } as const;
    const optimizer = kfac({ learningRate, damping, ...options });
    using state = optimizer.init(model);
    optimizer.step(state, { model, loss, batch });
    allNear(model.parameters.data, expected.flat(2), TRAJECTORY_BOUND, "parameters");
  }
});

// Time to a mean squared error on two regressions, medians over several starts.
import process from "node:process";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { tanh } from "../../src/nn/layers/activation.ts";
import { dense } from "../../src/nn/layers/dense.ts";
import { squaredError } from "../../src/nn/losses/elementwise.ts";
import { sequential } from "../../src/nn/sequential.ts";
import { adam } from "../../src/optimizers/adam.ts";
import { lbfgs } from "../../src/optimizers/lbfgs.ts";
import { levenbergMarquardt } from "../../src/optimizers/levenberg_marquardt.ts";
import type { Optimizer } from "../../src/optimizers/optimizer.ts";
import { filled, quantile, type Row } from "./harness.ts";
import { zeros } from "../../src/tensor/create.ts";

/** Processor milliseconds that a method has. */
const BUDGET = 5000;

/** Seeds of the starts. */
const SEEDS = [1, 2, 3, 4, 5];

/** Steps between looks at the clock. */
const STRIDE = 10;

interface Regression {
  readonly name: string;
  readonly widths: readonly [inputs: number, hidden: number, outputs: number];
  readonly input: Tensor;
  readonly target: Tensor;
  /** Mean squared error, over outputs too, that is to be reached. */
  readonly goal: number;
}

/** sin(x) / x at 1000 points of [-10, 10]. */
function sinc(): Regression {
  const count = 1000;
  const input = zeros([count, 1], { dtype: "float64" });
  const target = zeros([count, 1], { dtype: "float64" });
  for (let i = 0; i < count; i++) {
    const x = -10 + 20 * i / (count - 1);
    input.data[i] = x;
    target.data[i] = Math.sin(x) / x;
  }
  return { name: "sinc 1-20-1", widths: [1, 20, 1], input, target, goal: 1e-8 };
}

/** What another network of the same shape gives for 500 points. */
function teacher(): Regression {
  const widths = [10, 20, 10] as const;
  const input = filled([500, 10], "float64", 4);
  using model = sequential({ input: [10], seed: 99, dtype: "float64" }, layers(widths));
  const { data } = model.parameters;
  for (let i = 0; i < data.length; i++) data[i] *= 2;
  model.parametersChanged();
  return { name: "10-20-10", widths, input, target: model.predict(input), goal: 1e-6 };
}

function layers([, hidden, outputs]: Regression["widths"]) {
  return [dense(hidden), tanh(), dense(outputs)];
}

const METHODS: Readonly<Record<string, Optimizer>> = {
  "levenbergMarquardt": levenbergMarquardt(),
  "lbfgs": lbfgs({ memory: 20 }),
  "adam 0.03": adam({ learningRate: 0.03 }),
  "adam 0.01": adam({ learningRate: 0.01 }),
  "adam 0.003": adam({ learningRate: 0.003 }),
};

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** How one run from one start ended. */
interface Run {
  readonly milliseconds: number;
  readonly reached: boolean;
  readonly error: number;
  readonly steps: number;
}

function runOf({ widths, input, target, goal }: Regression, method: string, seed: number): Run {
  const optimizer = METHODS[method], loss = squaredError();
  using model = sequential({ input: [widths[0]], seed, dtype: "float64" }, layers(widths));
  using state = optimizer.init(model);
  const start = processorTime();
  let error = Infinity, steps = 0, spent = 0;
  while (error > goal && spent < BUDGET) {
    const report = optimizer.step(state, { model, loss, batch: { input, target } });
    error = Math.min(error, 2 * report.loss / widths[2]);
    if (++steps % STRIDE === 0) spent = processorTime() - start;
  }
  return { milliseconds: processorTime() - start, reached: error <= goal, error, steps };
}

/** Times of runs that did not reach the goal count with their budget. */
function rowOfRuns(name: string, runs: readonly Run[]): Row {
  const times = runs.map(({ milliseconds }) => milliseconds);
  const of = (values: readonly number[], level: number): number => quantile(values, level);
  return {
    name,
    repetitions: runs.length,
    milliseconds: {
      median: of(times, 0.5),
      p10: of(times, 0.1),
      p90: of(times, 0.9),
      minimum: Math.min(...times),
    },
    figures: {
      reached: `${runs.filter(({ reached }) => reached).length} of ${runs.length}`,
      "mean squared error": of(runs.map(({ error }) => error), 0.5),
      steps: of(runs.map(({ steps }) => steps), 0.5),
    },
  };
}

/** Every method on both, from several starts. */
export function convergenceRows(): Row[] {
  return [sinc(), teacher()].flatMap((regression) =>
    Object.keys(METHODS).map((method) =>
      rowOfRuns(
        `${regression.name} to ${regression.goal}: ${method}`,
        SEEDS.map((seed) => runOf(regression, method, seed)),
      )
    )
  );
}

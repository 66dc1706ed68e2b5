// Time to a mean squared error on two regressions, one run from one start for each method.
import process from "node:process";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { tanh } from "../../src/nn/activation.ts";
import { dense } from "../../src/nn/dense.ts";
import { squaredError } from "../../src/nn/losses/elementwise.ts";
import { sequential } from "../../src/nn/sequential.ts";
import { adam } from "../../src/optimizers/adam.ts";
import { lbfgs } from "../../src/optimizers/lbfgs.ts";
import { levenbergMarquardt } from "../../src/optimizers/levenberg_marquardt.ts";
import type { Optimizer } from "../../src/optimizers/optimizer.ts";
import { filled, type Row } from "./harness.ts";
import { zeros } from "../../src/tensor/create.ts";

/** Processor milliseconds that a method has. */
const BUDGET = 5000;

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

function runOf({ name, widths, input, target, goal }: Regression, method: string): Row {
  const optimizer = METHODS[method], loss = squaredError();
  using model = sequential({ input: [widths[0]], seed: 1, dtype: "float64" }, layers(widths));
  using state = optimizer.init(model);
  const start = processorTime();
  let best = Infinity, steps = 0, spent = 0;
  while (best > goal && spent < BUDGET) {
    const report = optimizer.step(state, { model, loss, batch: { input, target } });
    best = Math.min(best, 2 * report.loss / widths[2]);
    if (++steps % STRIDE === 0) spent = processorTime() - start;
  }
  spent = processorTime() - start;
  return {
    name: `${name} to ${goal}: ${method}`,
    repetitions: 1,
    milliseconds: { median: spent, p10: spent, p90: spent, minimum: spent },
    figures: { reached: String(best <= goal), "mean squared error": best, steps },
  };
}

/** Every method on both. */
export function convergenceRows(): Row[] {
  return [sinc(), teacher()].flatMap((regression) =>
    Object.keys(METHODS).map((method) => runOf(regression, method))
  );
}

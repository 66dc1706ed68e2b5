// sin(x) / x to a mean squared error of 1e-12: Levenberg-Marquardt on 91 parameters, beside Adam with as many steps.
import {
  adam,
  dense,
  digest,
  levenbergMarquardt,
  type Model,
  type Optimizer,
  sequential,
  squaredError,
  tanh,
  tensor,
} from "curvature";

const [STEPS, POINTS] = [1200, 161];
const x = Array.from({ length: POINTS }, (_, i) => -8 + i / 10);
const y = x.map((value) => Math.abs(value) < 1e-9 ? 1 : Math.sin(value) / value);
using input = tensor(x.map((value) => [value]), { dtype: "float64" });
using target = tensor(y.map((value) => [value]), { dtype: "float64" });

function network(): Model {
  return sequential({ input: [1], seed: 1, dtype: "float64" }, [dense(30), tanh(), dense(1)]);
}

/** Trains and returns the mean squared error before each step. */
function errors(model: Model, optimizer: Optimizer): number[] {
  using state = optimizer.init(model);
  const problem = { model, loss: squaredError(), batch: { input, target } };
  return Array.from({ length: STEPS }, () => 2 * optimizer.step(state, problem).loss);
}

/** A line for every power of ten: when it was reached. */
function describe(name: string, history: readonly number[]): void {
  console.log(`\n${name}, mean squared error after so many steps`);
  for (let goal = 1e-1; goal >= 1e-14; goal /= 10) {
    const step = history.findIndex((error) => error <= goal * 1.0000001);
    if (step < 0) break;
    console.log(`${goal.toExponential(0)} ${"#".repeat(Math.ceil(step / 20))} ${step}`);
  }
}

using model = network();
describe("levenbergMarquardt", errors(model, levenbergMarquardt()));
using other = network();
describe("adam", errors(other, adam({ learningRate: 0.01 })));

using fitted = model.predict(input);
console.log("\nthe fit (*)");
for (let i = 0; i < POINTS; i += 8) {
  console.log(
    `${x[i].toFixed(1).padStart(5)} ${" ".repeat(Math.round(20 + 40 * fitted.data[i]))}*`,
  );
}
console.log(`parameters: ${await digest(model.parameters)}`);

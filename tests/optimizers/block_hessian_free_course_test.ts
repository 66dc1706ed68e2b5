// Whole and by blocks, on data that autoencoder_16.json keeps with the first parameters.
import {
  blockHessianFree,
  dense,
  hessianFree,
  type Optimizer,
  type PartitionRule,
  sequential,
  sigmoid,
  sigmoidCrossEntropy,
  Tensor,
} from "../../mod.ts";
import { near } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { COURSE_BOUND } from "../_support/tolerance.ts";
import AUTOENCODER from "./autoencoder_16.json" with { type: "json" };

const HALVES: PartitionRule = [["dense_1", "dense_2"], ["dense_3", "dense_4"]];

/** Losses of a small autoencoder above what they cannot fall below, after steps 0 to 40. */
function excessLosses(optimizer: Optimizer): number[] {
  const samples = 300, width = 16;
  const layers = [dense(12), sigmoid(), dense(3), dense(12), sigmoid(), dense(width)];
  using model = sequential({ input: [width], dtype: "float64" }, layers);
  model.parameters.data.set(AUTOENCODER.parameters.split(" ").map((value) => Number(value) / 1e4));
  model.parametersChanged();
  using input = new Tensor("float64", [samples, width]);
  input.data.set(AUTOENCODER.input.split(" ").map((value) => Number(value) / 1e5));
  let least = 0;
  for (const x of input.data) least -= (x * Math.log(x) + (1 - x) * Math.log(1 - x)) / samples;
  using state = optimizer.init(model);
  const batch = { input, target: input }, loss = sigmoidCrossEntropy();
  return Array.from(
    { length: 41 },
    () => optimizer.step(state, { model, loss, batch }).loss - least,
  );
}

const REFERENCE = { maxIterations: 60, preconditioner: "squaredGradients" } as const;
/** After steps 10, 20 and 40, of a NumPy program that shares no code. */
const COURSES: Readonly<Record<string, readonly [() => Optimizer, readonly number[]]>> = {
  "hessianFree": [() => hessianFree(REFERENCE), [1.4411, 0.1706, 0.0346]],
  "four blocks, not rescaled": [
    () => blockHessianFree({ ...REFERENCE, rescaling: "none" }),
    [2.8259, 1.6287, 0.6840],
  ],
  "two blocks, not rescaled": [
    () => blockHessianFree({ ...REFERENCE, partition: HALVES, rescaling: "none" }),
    [1.9049, 0.3219, 0.1824],
  ],
  "four blocks, safe": [() => blockHessianFree(REFERENCE), [1.9819, 0.2776, 0.0755]],
  "four blocks, plain": [
    () =>
      blockHessianFree({
        mode: "plain",
        learningRate: 0.25,
        initialDamping: 0.02,
        maxIterations: 10,
      }),
    [1.7724, 0.5989, 0.3686],
  ],
};

for (const [name, [make, expected]] of Object.entries(COURSES)) {
  test(`a small autoencoder is trained as by another program: ${name}`, () => {
    const losses = excessLosses(make());
    for (const [i, step] of [10, 20, 40].entries()) {
      near(losses[step], expected[i], COURSE_BOUND * expected[i], `loss after ${step} steps`);
    }
  });
}

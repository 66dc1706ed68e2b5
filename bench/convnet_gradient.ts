// The gradient of a convolutional network: ours, TensorFlow.js and jax-js on the same weights and images.
import { cpus, loadavg } from "node:os";
import { relu } from "../src/nn/layers/activation.ts";
import { conv2d } from "../src/nn/layers/conv2d.ts";
import { dense } from "../src/nn/layers/dense.ts";
import { softmaxCrossEntropy } from "../src/nn/losses/softmax.ts";
import type { Site } from "../src/nn/sites/site_layout.ts";
import { maxPool2d } from "../src/nn/layers/pooling.ts";
import { flatten } from "../src/nn/layers/reshape.ts";
import { sequential } from "../src/nn/sequential.ts";
import { norm } from "../src/ops/vector.ts";
import { zeros } from "../src/tensor/create.ts";
import { type Case, filled, measure, quantile, type Row, rowOf } from "./_support/harness.ts";
import { runLimited } from "./_support/limited.ts";
import type { Bench, Outcome } from "./_support/report.ts";
import type { ConvnetProblem, WeightedLayer } from "./rivals/convnet.ts";
import type { GradientResult } from "./rivals/rival.ts";

/** Small, since a step of TensorFlow.js on its JavaScript backend takes 2 s for each image. */
const [BATCH_SIZE, SIDE, KERNEL_SIDE, CLASSES] = [4, 28, 3, 10];
const ROUNDS = 9;
const RIVALS = ["tensorflow.js, wasm", "tensorflow.js, cpu", "jax-js, jit"];
/** Steps of a rival that count, after a first one that does not. */
const RIVAL_ROUNDS = 3;
/** A rival may take so long to begin, and for each step. */
const LIMIT_SECONDS = 60;
/** Two float32 gradients that sum in different orders agree this well. */
const AGREEMENT = 1e-4;

interface Ours {
  readonly problem: ConvnetProblem;
  readonly result: GradientResult;
  readonly item: Case;
}

/** Weights as the others have them: (inputs, outputs), and the bias apart. */
function layerOf({ weight: { data, shape: [outputs, columns] } }: Site): WeightedLayer {
  const inputs = columns - 1;
  const kernel = new Float32Array(inputs * outputs), bias = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    for (let k = 0; k < inputs; k++) kernel[k * outputs + o] = data[o * columns + k];
    bias[o] = data[o * columns + inputs];
  }
  return { inputs, outputs, kernel, bias };
}

function ours(): Ours {
  const convolution = (filters: number) => [conv2d(filters, { kernel: KERNEL_SIDE }), relu()];
  const model = sequential({ input: [SIDE, SIDE, 1] }, [
    ...[32, 64].flatMap(convolution),
    maxPool2d(2),
    flatten(),
    dense(128),
    relu(),
    dense(CLASSES),
  ]);
  const input = filled([BATCH_SIZE, SIDE, SIDE, 1], "float32", 1), target = zeros([BATCH_SIZE]);
  for (let n = 0; n < BATCH_SIZE; n++) target.data[n] = n % CLASSES;
  const loss = softmaxCrossEntropy(), gradient = zeros([model.parameterCount]);
  const run = (): number => {
    using lin = model.linearize(loss, { input, target });
    lin.gradient(gradient);
    return lin.loss;
  };
  const flops = model.sites.map(({ weight, positions }) =>
    2 * BATCH_SIZE * weight.size * positions
  );
  const work = 3 * flops.reduce((sum, x) => sum + x, 0) - flops[0];
  const layers = model.sites.map(layerOf);
  const problem = {
    batchSize: BATCH_SIZE,
    side: SIDE,
    kernelSide: KERNEL_SIDE,
    images: new Float32Array(input.data),
    classes: Int32Array.from(target.data),
    convolutions: layers.slice(0, 2),
    dense: layers.slice(2),
  };
  const result = { loss: run(), gradientNorm: norm(gradient) };
  return { problem, result, item: { name: "curvature", work, run } };
}

function check(name: string, found: GradientResult, wanted: GradientResult): void {
  for (const key of ["loss", "gradientNorm"] as const) {
    if (!(Math.abs(found[key] / wanted[key] - 1) <= AGREEMENT)) {
      throw new Error(
        `Cannot compare with ${name}: its ${key} is ${found[key]}, not ${wanted[key]}`,
      );
    }
  }
}

async function run(): Promise<Outcome> {
  const { problem, result, item } = ours();
  const samples = new Map(await measure([item], { rounds: ROUNDS }));
  const median = (name: string): number => quantile(samples.get(name) ?? [], 0.5);
  const rows: Row[] = [rowOf(item, samples)];
  const notes = [
    `one thread; the loss is ${result.loss} with ours; all agree to ${AGREEMENT}`,
    "libraries are measured one after the other, not in turns, each in a thread that can be ended",
    `average load of the machine in the minute before: ${
      loadavg()[0].toFixed(1)
    } on ${cpus().length} processors`,
  ];
  for (const library of RIVALS) {
    const { messages, failure } = await runLimited(
      new URL("rivals/convnet_worker.ts", import.meta.url),
      { library, problem, rounds: RIVAL_ROUNDS },
      { wanted: 2 + RIVAL_ROUNDS, seconds: LIMIT_SECONDS },
    );
    const [version, found, ...times] = messages;
    if (found !== undefined) check(library, found as GradientResult, result);
    if (failure !== undefined) {
      notes.push(`${library}: ${failure}`);
      continue;
    }
    notes.push(`${library}: ${version}`);
    samples.set(library, times as number[]);
    const ratios = { "times ours": median(library) / median(item.name) };
    rows.push({ ...rowOf({ ...item, name: library }, samples), ratios });
  }
  return { rows, notes };
}

/** One gradient at batch 4, on one thread. */
export const bench: Bench = {
  question: "How long does the gradient of an MNIST convnet take, beside TensorFlow.js and jax-js?",
  runtimes: ["node26"],
  needsRivals: true,
  run,
};

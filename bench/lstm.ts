// A stack of LSTMs: its gradient against our own products of the same shapes, its step beside TensorFlow.js.
import { dense } from "../src/nn/layers/dense.ts";
import { lastStep } from "../src/nn/layers/last_step.ts";
import { softmaxCrossEntropy } from "../src/nn/losses/softmax.ts";
import { lstm } from "../src/nn/layers/lstm.ts";
import type { Model } from "../src/nn/model.ts";
import { sequential } from "../src/nn/sequential.ts";
import { gemm } from "../src/ops/gemm.ts";
import { homogeneous, leadingColumns, matrix } from "../src/ops/matrix.ts";
import { norm } from "../src/ops/vector.ts";
import { sgd } from "../src/optimizers/sgd.ts";
import { zeros } from "../src/tensor/create.ts";
import {
  type Case,
  filled,
  gemmCase,
  measure,
  peakCase,
  rateShare,
  rowOf,
  slowdown,
} from "./_support/harness.ts";
import type { Bench, Outcome } from "./_support/report.ts";
import type { GradientResult } from "./rivals/rival.ts";
import { type SequenceProblem, tensorflowLstm } from "./rivals/tensorflow_lstm.ts";

const [BATCH_SIZE, STEPS, LAYERS, UNITS, CLASSES] = [128, 49, 3, 32, 10];
/** So small that the steps of a bench end where they began. */
const LEARNING_RATE = 1e-9;
const ROUNDS = 9;
/** Two float32 gradients that sum in different orders agree this well. */
const AGREEMENT = 1e-4;

function network() {
  const stack = Array.from({ length: LAYERS }, () => lstm(UNITS));
  const model = sequential({ input: [STEPS, 1] }, [...stack, lastStep(), dense(CLASSES)]);
  const input = filled([BATCH_SIZE, STEPS, 1], "float32", 1), target = zeros([BATCH_SIZE]);
  for (let n = 0; n < BATCH_SIZE; n++) target.data[n] = n % CLASSES;
  return { model, loss: softmaxCrossEntropy(), batch: { input, target } };
}

/** The products of a gradient, each for all steps at once: the most that time steps one by one could reach. */
function productsCase({ sites }: Model): Case {
  let work = 0;
  const products = sites.slice(0, LAYERS).flatMap(({ weight }, layer) => {
    const [outputs, columns] = weight.shape, rows = BATCH_SIZE * STEPS;
    const a = filled([rows, columns - 1], "float32", 2), z = zeros([rows, outputs]);
    const gradient = zeros(weight.shape), width = layer === 0 ? UNITS : columns - 1;
    const pulled = zeros([rows, width]);
    work += 2 * rows * outputs * (2 * columns + width);
    return [
      () => gemm(homogeneous(a), matrix(weight).T, z),
      () => gemm(matrix(z), leadingColumns(matrix(weight), width), pulled),
      () => gemm(matrix(z).T, homogeneous(a), gradient),
    ];
  });
  const run = (): void => {
    for (const product of products) product();
  };
  return { name: "products of the gradient alone", work, run };
}

/** Columns `first` to `end` of W, transposed: kernels as TensorFlow.js has them. */
function columnsOf({ sites }: Model, site: number, first: number, end: number): Float32Array {
  const { weight: { data, shape: [rows, columns] } } = sites[site];
  const found = new Float32Array((end - first) * rows);
  for (let k = first; k < end; k++) {
    for (let row = 0; row < rows; row++) found[(k - first) * rows + row] = data[row * columns + k];
  }
  return found;
}

function problemOf({ model, batch }: ReturnType<typeof network>): SequenceProblem {
  const layers = Array.from({ length: LAYERS }, (_, i) => {
    const inputs = i === 0 ? 1 : UNITS, end = inputs + UNITS;
    return {
      inputs,
      units: UNITS,
      kernel: columnsOf(model, i, 0, inputs),
      recurrent: columnsOf(model, i, inputs, end),
      bias: columnsOf(model, i, end, end + 1),
    };
  });
  return {
    batchSize: BATCH_SIZE,
    steps: STEPS,
    learningRate: LEARNING_RATE,
    sequences: new Float32Array(batch.input.data),
    classes: Int32Array.from(batch.target.data),
    layers,
    head: {
      kernel: columnsOf(model, LAYERS, 0, UNITS),
      bias: columnsOf(model, LAYERS, UNITS, UNITS + 1),
    },
  };
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
  const net = network(), { model, loss, batch } = net;
  const gradient = zeros([model.parameterCount]);
  const linearize = (): number => {
    using lin = model.linearize(loss, batch);
    lin.gradient(gradient);
    return lin.loss;
  };
  const result = { loss: linearize(), gradientNorm: norm(gradient) };
  const rival = await tensorflowLstm(problemOf(net));
  for (const { evaluate } of Object.values(rival.forms)) check(rival.name, evaluate(), result);

  const optimizer = sgd({ learningRate: LEARNING_RATE }), state = optimizer.init(model);
  const products = productsCase(model), { work = 0 } = products;
  const step: Case = {
    name: "curvature, a step",
    work,
    run: () => optimizer.step(state, { model, loss, batch }),
  };
  const own: Case = { name: "curvature, its gradient", work, run: linearize };
  const others = Object.entries(rival.forms).map(([name, { run }]): Case => ({ name, work, run }));
  const [peak, product] = [peakCase("float32"), gemmCase("float32")];
  const cases = [peak, product, products, own, step, ...others];
  const samples = await measure(cases, { rounds: ROUNDS });
  const rows = cases.map((item) => ({
    ...rowOf(item, samples),
    ratios: {
      "of peak": rateShare(samples, item, peak),
      "of its products": rateShare(samples, item, products),
      "times our step": slowdown(samples, item.name, step.name),
    },
  }));
  const fastest = Math.min(...others.map(({ name }) => slowdown(samples, name, step.name)));
  return {
    rows,
    notes: [`${rival.name}: 1 thread; loss and gradient agree to ${AGREEMENT}`],
    targets: [
      {
        what: "gradient: share of the rate of its products",
        atLeast: 0.35,
        measured: rateShare(samples, own, products),
      },
      { what: "times TensorFlow.js takes our step", atLeast: 6, measured: fastest },
    ],
  };
}

/** Three LSTMs of 32 units, 49 steps, 128 sequences, on one thread. */
export const bench: Bench = {
  question:
    "How near are LSTMs to their matrix products, and how long takes a step beside TensorFlow.js?",
  runtimes: ["node26"],
  needsRivals: true,
  run,
};

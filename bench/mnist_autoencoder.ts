// The convergence bench of the K-BFGS paper: the MNIST autoencoder at batch 1000, full-training loss over
// epochs and over seconds.
//
// The expected figures are those of the authors' own runs (Goldfarb, Ren & Bahamou 2020, published notebook);
// their settings: ReLU, PyTorch's initialization, momentum as a moving average, L2 of 1e-5, which the reported
// losses include. Their time is processor time of training alone, and so is ours.
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { mnist, type MnistFile } from "../src/data/mnist.ts";
import { autoencoding, subset } from "../src/data/views.ts";
import type { Dataset } from "../src/data/dataset.ts";
import type { Model } from "../src/nn/model.ts";
import { sigmoidCrossEntropy } from "../src/nn/losses/elementwise.ts";
import { norm } from "../src/ops/vector.ts";
import type { Optimizer } from "../src/optimizers/optimizer.ts";
import { evaluate } from "../src/train/evaluate.ts";
import { train } from "../src/train/train.ts";
import { autoencoder } from "./_support/autoencoder.ts";
import {
  type Expected,
  EXPECTED_AFTER,
  GRIDS,
  L2,
  METHODS,
} from "./_support/mnist_autoencoder_methods.ts";
import type { Bench, BenchOptions, Outcome, Target } from "./_support/report.ts";

const BATCH_SIZE = 1000;
const LOSS = sigmoidCrossEntropy();
const FILES: readonly MnistFile[] = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
];

/** The state of a run after an epoch; epoch 0 is before the first step. */
interface Point {
  readonly epoch: number;
  /** Processor seconds of training. */
  readonly seconds: number;
  /** Mean loss over all training images with ½ L2 ‖θ‖². */
  readonly train: number;
  /** The same over the test images. */
  readonly test: number;
}

/** One method's run. */
interface Curve {
  readonly method: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly points: readonly Point[];
}

interface Data {
  readonly train: Dataset;
  readonly test: Dataset;
}

interface Length {
  readonly epochs: number;
  readonly seed: number;
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function regularizedLoss(model: Model, data: Dataset): number {
  return evaluate(model, LOSS, data).loss +
    L2 / 2 * norm(model.parameters) * norm(model.parameters);
}

async function follow(
  method: string,
  optimizer: Optimizer,
  data: Data,
  { epochs, seed }: Length,
): Promise<Curve> {
  using model = autoencoder(seed);
  const points: Point[] = [];
  let seconds = 0;
  const note = (epoch: number): void => {
    const losses = {
      train: regularizedLoss(model, data.train),
      test: regularizedLoss(model, data.test),
    };
    points.push({ epoch, seconds, ...losses });
    const figures = [losses.train, losses.test, seconds].map((value) => value.toFixed(2)).join(
      "  ",
    );
    console.error(`${method}  epoch ${epoch}  train, test, seconds: ${figures}`);
  };
  note(0);
  let start = processorSeconds();
  const { train: samples } = data;
  const run = { model, loss: LOSS, optimizer, data: samples, batchSize: BATCH_SIZE, epochs, seed };
  for await (const { step, totalSteps } of train(run)) {
    const stepsPerEpoch = totalSteps / epochs;
    if (step % stepsPerEpoch !== 0) continue;
    seconds += processorSeconds() - start;
    note(step / stepsPerEpoch);
    start = processorSeconds();
  }
  return { method, settings: optimizer.options, seed, points };
}

/** The optimizer of a grid with the lowest training loss after two epochs. */
async function best(method: string, data: Data, seed: number): Promise<Optimizer> {
  let [lowest, found] = [Infinity, GRIDS[method][0]];
  for (const optimizer of GRIDS[method]) {
    const name = `${method} ${optimizer.options.learningRate}`;
    const { points } = await follow(name, optimizer, data, { epochs: 2, seed });
    const { train } = points[points.length - 1];
    if (train < lowest) [lowest, found] = [train, optimizer];
  }
  return found;
}

function targetsOf({ method, points }: Curve): Target[] {
  const expected: Expected = EXPECTED_AFTER[method] ?? {};
  return Object.entries(expected).flatMap(([epoch, loss]) => {
    const point = points[Number(epoch)];
    if (!point) return [];
    const what = `${method}, loss after ${epoch} epochs over the authors' ${loss}`;
    return [{ what, atMost: 1.03, measured: point.train / loss }];
  });
}

async function load(directory: string): Promise<Data> {
  const missing = FILES.filter((name) =>
    !existsSync(join(directory, name)) && !existsSync(join(directory, `${name}.gz`))
  );
  if (missing.length > 0) {
    throw new Error(
      `Cannot read MNIST: ${directory} has no ${missing.join(", ")} (.gz or not); ` +
        "name their folder by --data-dir or CURVATURE_MNIST",
    );
  }
  const { train, test } = await mnist({ directory, inputShape: [784] });
  return { train: autoencoding(train), test: autoencoding(test) };
}

async function run({ dataDirectory, settings }: BenchOptions): Promise<Outcome> {
  const { epochs = "10", seed = "1", methods, samples } = settings;
  const length = { epochs: Number(epochs), seed: Number(seed) };
  const loaded = await load(dataDirectory);
  const data = samples ? { ...loaded, train: subset(loaded.train, 0, Number(samples)) } : loaded;
  const names = methods?.split(",") ?? [...Object.keys(METHODS), ...Object.keys(GRIDS)];
  const curves: Curve[] = [];
  for (const name of names) {
    const optimizer = METHODS[name] ?? await best(name, data, length.seed);
    curves.push(await follow(name, optimizer, data, length));
  }
  return { rows: [], targets: curves.flatMap(targetsOf), data: { curves } };
}

/** Options: --epochs=10 --seed=1 --methods=kBfgs,kfac,adam,sgd --samples=60000. */
export const bench: Bench = {
  question:
    "How fast do K-BFGS, K-FAC, Adam and SGD train the MNIST autoencoder, beside the authors' code?",
  runtimes: ["node26"],
  run,
};

// The convergence bench of the K-BFGS paper: the MNIST autoencoder at batch 1000, full-training loss over
// epochs and over seconds.
//
// The expected figures are those of the authors' own runs (Goldfarb, Ren & Bahamou 2020, published notebook);
// their settings: ReLU, PyTorch's initialization, momentum as a moving average, L2 of 1e-5, which the reported
// losses include. Unless asked otherwise a run starts from their initial weights and sees their batches.
// Their time is processor time of training alone, and so is ours.
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { mnist, type MnistFile } from "../src/data/mnist.ts";
import { autoencoding, subset } from "../src/data/views.ts";
import type { Dataset } from "../src/data/dataset.ts";
import type { Batch } from "../src/nn/linearization.ts";
import type { Model } from "../src/nn/model.ts";
import { sigmoidCrossEntropy } from "../src/nn/losses/elementwise.ts";
import { norm } from "../src/ops/vector.ts";
import { NonFiniteError } from "../src/runtime/errors.ts";
import type { Optimizer } from "../src/optimizers/optimizer.ts";
import { zeros } from "../src/tensor/create.ts";
import { evaluate } from "../src/train/evaluate.ts";
import {
  type Expected,
  EXPECTED_AFTER,
  GRIDS,
  L2,
  METHODS,
} from "./_support/mnist_autoencoder_methods.ts";
import { startOf } from "./_support/mnist_autoencoder_start.ts";
import {
  type Bench,
  type BenchOptions,
  type Chart,
  type Outcome,
  table,
  type Target,
} from "./_support/report.ts";

const BATCH_SIZE = 1000;
const LOSS = sigmoidCrossEntropy();
/** Rounding alone makes runs from the same start differ by about this much. */
const TOLERANCE = 0.03;
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
  /** "authors" or a seed. */
  readonly start: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly points: readonly Point[];
  /** Why the run ended early. */
  readonly failure?: string;
}

interface Data {
  readonly train: Dataset;
  readonly test: Dataset;
}

interface Length {
  readonly epochs: number;
  /** "authors" or a seed. */
  readonly start: string;
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function regularizedLoss(model: Model, data: Dataset): number {
  return evaluate(model, LOSS, data).loss +
    L2 / 2 * norm(model.parameters) * norm(model.parameters);
}

function follow(
  method: string,
  optimizer: Optimizer,
  data: Data,
  { epochs, start: name }: Length,
): Curve {
  const { train } = data;
  const start = startOf(name, train.size, BATCH_SIZE);
  using model = start.model;
  using input = zeros([BATCH_SIZE, ...train.inputShape]);
  const batch = { input, target: input };
  const points: Point[] = [];
  let seconds = 0;
  const note = (epoch: number): void => {
    const losses = {
      train: regularizedLoss(model, data.train),
      test: regularizedLoss(model, data.test),
    };
    points.push({ epoch, seconds, ...losses });
    const figures = [losses.train, losses.test, seconds].map((value) => value.toFixed(2));
    console.error(`${method}  epoch ${epoch}  train, test, seconds: ${figures.join("  ")}`);
  };
  const timed = <T>(action: () => T): T => {
    const before = processorSeconds();
    try {
      return action();
    } finally {
      seconds += processorSeconds() - before;
    }
  };
  const curve = { method, start: name, settings: optimizer.options, points };
  note(0);
  const warmStart = {
    *[Symbol.iterator](): Iterator<Batch> {
      for (const rows of start.warmStart) {
        train.fill(rows, input);
        yield batch;
      }
    },
  };
  using state = timed(() => optimizer.init(model, { loss: LOSS, warmStart }));
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      timed(() => {
        for (let i = 0; i < Math.floor(train.size / BATCH_SIZE); i++) {
          train.fill(start.nextBatch(), input);
          optimizer.step(state, { model, loss: LOSS, batch });
        }
      });
      note(epoch);
    }
    return curve;
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    return { ...curve, failure: error.message };
  }
}

/** Training losses and processor seconds, one line for each method. */
function tableOf({ method, settings, points, failure = "" }: Curve): Record<string, string> {
  const cells: Record<string, string> = { method, rate: String(settings.learningRate) };
  for (const { epoch, train } of points) cells[`epoch ${epoch}`] = train.toFixed(2);
  const { seconds, test } = points[points.length - 1];
  return { ...cells, "last test": test.toFixed(2), seconds: seconds.toFixed(0), failure };
}

/** The optimizer of a grid with the lowest training loss after two epochs. */
function best(method: string, data: Data, start: string): Optimizer {
  let [lowest, found] = [Infinity, GRIDS[method][0]];
  for (const optimizer of GRIDS[method]) {
    const name = `${method} ${optimizer.options.learningRate}`;
    const { points, failure } = follow(name, optimizer, data, { epochs: 2, start });
    const { train } = points[points.length - 1];
    if (failure === undefined && train < lowest) [lowest, found] = [train, optimizer];
  }
  return found;
}

function targetsOf({ method, points }: Curve): Target[] {
  const expected: Expected = EXPECTED_AFTER[method] ?? {};
  return Object.entries(expected).flatMap(([epoch, loss]) => {
    const point = points[Number(epoch)];
    if (!point) return [];
    const what = `${method}, loss after ${epoch} epochs over the authors' ${loss}`;
    return [{ what, atMost: 1 + TOLERANCE, measured: point.train / loss }];
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
  const { epochs = "10", start = "authors", methods, samples } = settings;
  const length = { epochs: Number(epochs), start };
  const loaded = await load(dataDirectory);
  const data = samples ? { ...loaded, train: subset(loaded.train, 0, Number(samples)) } : loaded;
  const names = methods?.split(",") ?? [...Object.keys(METHODS), ...Object.keys(GRIDS)];
  const curves: Curve[] = [];
  for (const name of names) {
    const optimizer = METHODS[name] ?? best(name, data, start);
    curves.push(follow(name, optimizer, data, length));
  }
  return {
    rows: [],
    targets: curves.flatMap(targetsOf),
    notes: table(curves.map(tableOf)).split("\n"),
    data: { curves },
    charts: [chart(curves, "epoch", "epochs"), chart(curves, "seconds", "processor seconds")],
  };
}

/** Training losses after the first epoch; that of the start would flatten everything else. */
function chart(curves: readonly Curve[], along: "epoch" | "seconds", label: string): Chart {
  return {
    name: `over_${label.replace(" ", "_")}`,
    title: "MNIST autoencoder, batch 1000: loss over all training images",
    x: { label },
    y: { label: "training loss", isLogarithmic: true },
    series: curves.map(({ method, points }) => ({
      name: method,
      points: points.slice(1).map((point) => [point[along], point.train] as const),
    })),
  };
}

/** Options: --epochs=10 --start=authors (or a seed) --methods=kBfgs,kfac,adam,sgd --samples=60000. */
export const bench: Bench = {
  question:
    "How fast do K-BFGS, K-FAC, Adam and SGD train the MNIST autoencoder, beside the authors' code?",
  runtimes: ["node26"],
  run,
};

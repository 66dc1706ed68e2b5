// What the demo learns: the deep autoencoders of Hinton & Salakhutdinov 2006, as K-BFGS was judged on them.
import { curves } from "../data/curves.ts";
import type { Dataset } from "../data/dataset.ts";
import { mnist } from "../data/mnist.ts";
import { autoencoding } from "../data/views.ts";
import { relu } from "../nn/layers/activation.ts";
import { dense } from "../nn/layers/dense.ts";
import type { Layer } from "../nn/layers/layer.ts";
import type { Model } from "../nn/model.ts";
import { sequential } from "../nn/sequential.ts";
import { digits } from "./digits.ts";
import { L2, type Method } from "./methods.ts";

/** Where data come from. */
export interface DataSource {
  /** The data set. */
  readonly data: "digits" | "curves" | "mnist";
  /** Folder of MNIST's files. */
  readonly dataDirectory: string | undefined;
}

/** Data, network and amount of training. */
export interface Experiment {
  /** Its name in print. */
  readonly title: string;
  /** Samples to learn from. */
  readonly train: Dataset;
  /** Samples to judge by. */
  readonly test: Dataset;
  /** Widths from the input over the code to the output. */
  readonly widths: readonly number[];
  /** Samples in one step. */
  readonly batchSize: number;
  /** Epochs unless the user says otherwise: a step of a second-order method costs about three others. */
  readonly epochs: Readonly<Record<Method["order"], number>>;
  /** Step sizes that a method may try beyond its first ones while the best of them is at an end. */
  readonly furtherRungs: number;
}

// Both halves of each network; the code is the narrowest.
const DIGITS_WIDTHS = [784, 300, 100, 30, 100, 300, 784];
const CURVES_WIDTHS = [784, 400, 200, 100, 50, 25, 6, 25, 50, 100, 200, 400, 784];
const MNIST_WIDTHS = [784, 1000, 500, 250, 30, 250, 500, 1000, 784];
// Half of the usual number: every evaluation takes time from a demo of two minutes.
const CURVES_TEST = 5_000;

const FURTHER_RUNGS = 2;

/** Makes or reads the data that the user asked for. */
export async function loadExperiment({ data, dataDirectory }: DataSource): Promise<Experiment> {
  if (data === "mnist") return await mnistExperiment(dataDirectory ?? "");
  return data === "digits" ? digitsExperiment() : curvesExperiment();
}

// A step of K-BFGS costs a good two of Adam here, and it looks at the data once before its first.
function digitsExperiment(): Experiment {
  return {
    title: "drawn digits",
    ...digits({ train: 20_000, test: 2_000 }),
    widths: DIGITS_WIDTHS,
    batchSize: 1000,
    epochs: { second: 4, first: 9 },
    furtherRungs: FURTHER_RUNGS,
  };
}

function curvesExperiment(): Experiment {
  return {
    title: "CURVES",
    ...curves({ test: CURVES_TEST }),
    widths: CURVES_WIDTHS,
    batchSize: 1000,
    epochs: { second: 5, first: 10 },
    furtherRungs: FURTHER_RUNGS,
  };
}

async function mnistExperiment(directory: string): Promise<Experiment> {
  const { train, test } = await mnist({ directory, inputShape: [MNIST_WIDTHS[0]] });
  return {
    title: "MNIST",
    train: autoencoding(train),
    test: autoencoding(test),
    widths: MNIST_WIDTHS,
    batchSize: Math.min(1000, train.size),
    epochs: { second: 4, first: 10 },
    furtherRungs: FURTHER_RUNGS,
  };
}

/** A ReLU autoencoder with linear code and output, initialized as PyTorch does; `last` sees the output. */
export function autoencoder(
  widths: readonly number[],
  seed: number,
  last: readonly Layer[] = [],
): Model {
  const code = widths.indexOf(Math.min(...widths));
  const layers = widths.slice(1).flatMap((width, i) => {
    const isLinear = i + 1 === code || i + 2 === widths.length;
    return isLinear ? [dense(width)] : [dense(width), relu()];
  });
  return sequential({ input: [widths[0]], seed }, [...layers, ...last]);
}

/** One sentence on network, data and loss. */
export function autoencoderText({ title, train, test, widths, batchSize }: Experiment): string {
  return `Autoencoder ${
    widths.join("-")
  } on ${train.size} training and ${test.size} test images of ${title}: ` +
    `ReLU, linear code and output, sigmoid cross-entropy, batches of ${batchSize}, L2 coefficient ${L2.toExponential()}.`;
}

// Networks and data of the Hessian-free bench, each as it is and scaled down.
import { dirname, join } from "node:path";
import {
  accuracy,
  conv2d,
  type Dataset,
  dataset,
  dense,
  flatten,
  globalAveragePool2d,
  type Initializer,
  lastStep,
  type Layer,
  type Loss,
  lstm,
  type Metric,
  reconstructionError,
  relu,
  residual,
  sigmoid,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  zeros,
} from "../../mod.ts";
import { autoencoding, cifar10, mnist, subset, type TrainTest } from "../../data.ts";
import { glorotNormal, heNormal } from "../../layers.ts";
import type { BenchOptions } from "./report.ts";

/** What is trained, and for how long. */
export interface Problem {
  readonly title: string;
  readonly layers: () => Layer[];
  readonly loss: Loss;
  /** What is judged besides the loss, of test samples. */
  readonly metric: () => Metric;
  readonly isMetricBetterHigh: boolean;
  /** Samples of a step. */
  readonly batchSize: number;
  /** Processor seconds of a run unless the command line says otherwise. */
  readonly seconds: number;
  /** Fails by the name of what is not there. */
  readonly load: (options: BenchOptions) => Promise<TrainTest>;
}

/** Side of the squares of pixels that become one. */
const POOL = 4;
const IMAGE = [28, 28, 1];
const PIXELS = [784];

/** Widths between the pixels; the middle is the code, of linear units as Hinton and Salakhutdinov have it. */
function autoencoder(widths: readonly number[], code: number): Layer[] {
  const initializer = glorotNormal();
  const hidden = (units: number): Layer[] => [dense(units, { initializer }), sigmoid()];
  return [
    ...widths.flatMap(hidden),
    dense(code, { initializer }),
    ...widths.toReversed().flatMap(hidden),
    dense(784, { initializer }),
  ];
}

function recurrentNetwork(units: number): Layer[] {
  return [lstm(units), lstm(units), lstm(units), lastStep(), dense(10)];
}

/** Nothing is added by a branch that ends in zeros: no normalization is needed at the start. */
const zero: Initializer = ({ weight }) => void weight.data.fill(0);

/** A stage for each width: a strided convolution, then a residual block. */
function residualNetwork(widths: readonly number[]): Layer[] {
  const initializer = heNormal();
  const stages = widths.flatMap((filters) => {
    const kernel = { kernel: 3, padding: "same" } as const;
    const branch = [
      conv2d(filters, { ...kernel, initializer }),
      relu(),
      conv2d(filters, { ...kernel, initializer: zero }),
    ];
    return [
      conv2d(filters, { ...kernel, stride: 2, initializer }),
      relu(),
      residual(branch),
      relu(),
    ];
  });
  return [...stages, globalAveragePool2d(), flatten(), dense(10)];
}

/** Means of squares of pixels, row by row: 49 steps of one number. */
function pooled(images: Dataset): Dataset {
  const [rows, columns] = images.inputShape, [high, wide] = [rows / POOL, columns / POOL];
  const input = new Float32Array(images.size * high * wide);
  const labels = new Uint8Array(images.size);
  using image = zeros([1, ...images.inputShape]);
  using label = zeros([1]);
  for (let n = 0; n < images.size; n++) {
    images.fill([n], image, label);
    labels[n] = label.data[0];
    for (let pixel = 0; pixel < rows * columns; pixel++) {
      const y = Math.floor(pixel / columns / POOL), x = Math.floor(pixel % columns / POOL);
      input[(n * high + y) * wide + x] += image.data[pixel] / POOL ** 2;
    }
  }
  return dataset({ input, target: labels, inputShape: [high * wide, 1], classes: 10 });
}

/** The first samples of both parts. */
function first({ train, test }: TrainTest, count = Infinity): TrainTest {
  const part = (data: Dataset): Dataset => subset(data, 0, Math.min(count, data.size));
  return { train: part(train), test: part(test) };
}

function both({ train, test }: TrainTest, view: (data: Dataset) => Dataset): TrainTest {
  return { train: view(train), test: view(test) };
}

/** Pixels from [0, 1] to [-2, 2], about their standard deviations from their mean. */
function centred(source: Dataset): Dataset {
  const { size, inputShape, targetShape } = source;
  return {
    size,
    inputShape,
    targetShape,
    fill: (rows, input, target): void => {
      source.fill(rows, input, target);
      for (let i = 0; i < input.data.length; i++) input.data[i] = 4 * input.data[i] - 2;
    },
  };
}

async function digits(
  { dataDirectory: directory }: BenchOptions,
  inputShape: readonly number[],
  count?: number,
): Promise<TrainTest> {
  return first(await mnist({ directory, inputShape }), count);
}

async function pictures(
  { dataDirectory, settings }: BenchOptions,
  count?: number,
): Promise<TrainTest> {
  const directory = settings["cifar-dir"] ?? join(dirname(dataDirectory), "cifar10");
  return both(first(await cifar10({ directory }), count), centred);
}

const AUTOENCODER = {
  loss: sigmoidCrossEntropy(),
  metric: reconstructionError,
  isMetricBetterHigh: false,
} as const;

const CLASSIFIER = {
  loss: softmaxCrossEntropy(),
  metric: accuracy,
  isMetricBetterHigh: true,
} as const;

/** The three of the paper's tasks; sizes that it is not known to state are ours. */
export const PROBLEMS: Readonly<Record<string, Problem>> = {
  autoencoder: {
    ...AUTOENCODER,
    title: "MNIST autoencoder 784-1000-500-250-30, sigmoid units",
    layers: () => autoencoder([1000, 500, 250], 30),
    batchSize: 1000,
    seconds: 240,
    load: async (options) => both(await digits(options, PIXELS), autoencoding),
  },
  lstm: {
    ...CLASSIFIER,
    title: "sequential MNIST, 49 steps, three LSTM layers",
    layers: () => recurrentNetwork(16),
    batchSize: 1000,
    seconds: 240,
    load: async (options) => both(await digits(options, IMAGE), pooled),
  },
  convnet: {
    ...CLASSIFIER,
    title: "CIFAR-10 (10,000 samples), residual network without normalization",
    layers: () => residualNetwork([8, 16, 32]),
    batchSize: 500,
    seconds: 240,
    load: pictures,
  },
};

/** The same in seconds, to see that all of it works. */
export const SMALL_PROBLEMS: Readonly<Record<string, Problem>> = {
  autoencoder_small: {
    ...AUTOENCODER,
    title: "MNIST autoencoder 784-32-16-8, sigmoid units",
    layers: () => autoencoder([32, 16], 8),
    batchSize: 128,
    seconds: 0.2,
    load: async (options) => both(await digits(options, PIXELS, 512), autoencoding),
  },
  lstm_small: {
    ...CLASSIFIER,
    title: "sequential MNIST, 49 steps, three LSTM layers of 4",
    layers: () => recurrentNetwork(4),
    batchSize: 64,
    seconds: 0.2,
    load: async (options) => both(await digits(options, IMAGE, 256), pooled),
  },
  convnet_small: {
    ...CLASSIFIER,
    title: "CIFAR-10 (256 samples), residual network without normalization",
    layers: () => residualNetwork([2, 4]),
    batchSize: 64,
    seconds: 0.2,
    load: (options) => pictures(options, 256),
  },
};

// How near convolutions are to the matrix product: they are one, whose patches are gathered in packing.
import { relu } from "../src/nn/layers/activation.ts";
import { conv2d } from "../src/nn/layers/conv2d.ts";
import { dense } from "../src/nn/layers/dense.ts";
import type { Layer } from "../src/nn/layers/layer.ts";
import { softmaxCrossEntropy } from "../src/nn/losses/softmax.ts";
import { maxPool2d } from "../src/nn/layers/pooling.ts";
import { flatten } from "../src/nn/layers/reshape.ts";
import { sequential } from "../src/nn/sequential.ts";
import { planStridedPull } from "../src/nn/layers/strided_pull.ts";
import { placeWindows, transposeWindows } from "../src/nn/layers/window.ts";
import { gemm } from "../src/ops/gemm.ts";
import { matrix } from "../src/ops/matrix.ts";
import { patchSize } from "../src/ops/patch_geometry.ts";
import { flipTaps, patches } from "../src/ops/patches.ts";
import { memoryUsage } from "../src/runtime/memory.ts";
import { zeros } from "../src/tensor/create.ts";
import {
  type Case,
  filled,
  gemmCase,
  measure,
  peakCase,
  rateShare,
  rowOf,
} from "./_support/harness.ts";
import type { Bench, Outcome, Target } from "./_support/report.ts";

const ROUNDS = 9;
const LAYER_SHARE = 0.6;
const NETWORK_SHARE = 0.55;

/** What one layer does: 3 x 3, 32 to 64 channels, on 64 images of 32 x 32. */
function layerCases(): Case[] {
  const [batchSize, size, channels, filters] = [64, 32, 32, 64];
  const windows = { kernel: [3, 3], stride: 1, padding: "same", dilation: 1 } as const;
  const geometry = placeWindows("conv2d", windows, [size, size, channels]);
  const columns = patchSize(geometry) + 1;
  const x = filled([batchSize, size, size, channels], "float32", 1);
  const w = filled([filters, columns], "float32", 2);
  const g = filled([batchSize, size, size, filters], "float32", 3);
  const z = zeros(g.shape), gradient = zeros(w.shape), pulled = zeros(x.shape);
  const flipped = zeros([9 * filters, channels]);
  const transposed = transposeWindows(geometry, filters);
  const work = 2 * batchSize * size * size * filters * columns;
  const rows = patches(x, geometry, true);
  return [
    { name: "layer, forward", work, run: () => gemm(rows, matrix(w).T, z) },
    { name: "layer, weight gradient", work, run: () => gemm(matrix(g).T, rows, gradient) },
    {
      name: "layer, input gradient",
      work,
      run: () => gemm(patches(g, transposed), matrix(flipTaps(matrix(w), flipped)), pulled),
    },
  ];
}

/** The input gradient of the same layer with a stride of 2. */
function stridedCase(): Case {
  const [batchSize, size, channels, filters] = [64, 32, 32, 64];
  const windows = { kernel: [3, 3], stride: 2, padding: "same", dilation: 1 } as const;
  const geometry = placeWindows("conv2d", windows, [size, size, channels]);
  const [down, across] = geometry.output, columns = patchSize(geometry) + 1;
  const w = filled([filters, columns], "float32", 2);
  const g = filled([batchSize, down, across, filters], "float32", 3);
  const pulled = zeros([batchSize, size, size, channels]);
  const pull = planStridedPull(geometry, filters, pulled.shape, (shape) => zeros(shape));
  return {
    name: "layer of stride 2, input gradient",
    work: 2 * batchSize * down * across * filters * columns,
    run: () => pull(g, matrix(w), pulled, false),
  };
}

const block = (
  filters: number,
): Layer[] => [conv2d(filters, { kernel: 3, padding: "same" }), relu()];

const head = (): Layer[] => [flatten(), dense(128), relu(), dense(10)];

interface Network {
  readonly name: string;
  readonly input: readonly number[];
  readonly batchSize: number;
  readonly layers: () => Layer[];
}

const NETWORKS: readonly Network[] = [
  {
    name: "MNIST convnet, gradient",
    input: [28, 28, 1],
    batchSize: 128,
    layers: () => [
      conv2d(32, { kernel: 3 }),
      relu(),
      conv2d(64, { kernel: 3 }),
      relu(),
      maxPool2d(2),
      ...head(),
    ],
  },
  {
    name: "8-layer convnet, gradient",
    input: [32, 32, 3],
    batchSize: 32,
    layers: () => [
      ...[32, 32].flatMap(block),
      maxPool2d(2),
      ...[64, 64].flatMap(block),
      maxPool2d(2),
      ...[128, 128].flatMap(block),
      maxPool2d(2),
      ...head(),
    ],
  },
];

interface NetworkCase {
  readonly item: Case;
  readonly figures: Readonly<Record<string, number>>;
}

/** A linearization with its gradient: forward, weight gradients, input gradients but the first layer's. */
function networkCase({ name, input, batchSize, layers }: Network): NetworkCase {
  const model = sequential({ input }, layers());
  const images = filled([batchSize, ...input], "float32", 1);
  const target = zeros([batchSize]), gradient = zeros([model.parameterCount]);
  const loss = softmaxCrossEntropy();
  const run = (): void => {
    using lin = model.linearize(loss, { input: images, target });
    lin.gradient(gradient);
  };
  const before = memoryUsage().liveBytes;
  run();
  const bytes = memoryUsage().liveBytes - before;
  const flops = model.sites.map(({ weight, positions }) => 2 * batchSize * weight.size * positions);
  const work = 3 * flops.reduce((sum, x) => sum + x, 0) - flops[0];
  const patchBytes = model.sites.reduce(
    (sum, { weight, positions }) => sum + 4 * batchSize * positions * weight.shape[1],
    0,
  );
  const figures = { "MB of buffers": bytes / 1e6, "MB that patches would take": patchBytes / 1e6 };
  return { item: { name, work, run }, figures };
}

async function run(): Promise<Outcome> {
  const layer = layerCases(), networks = NETWORKS.map(networkCase);
  const [peak, product] = [peakCase("float32"), gemmCase("float32")];
  const cases = [peak, product, ...layer, stridedCase(), ...networks.map(({ item }) => item)];
  const samples = await measure(cases, { rounds: ROUNDS });
  const rows = cases.map((item) => ({
    ...rowOf(item, samples),
    ratios: {
      "of peak": rateShare(samples, item, peak),
      "of gemm": rateShare(samples, item, product),
    },
    figures: networks.find((network) => network.item === item)?.figures ?? {},
  }));
  const target = (item: Case, atLeast: number): Target => ({
    what: `${item.name}: share of the rate of gemm`,
    atLeast,
    measured: rateShare(samples, item, product),
  });
  const targets = [
    ...layer.map((item) => target(item, LAYER_SHARE)),
    ...networks.map(({ item }) => target(item, NETWORK_SHARE)),
  ];
  return { rows, targets };
}

/** Rates of one convolution and of whole networks against gemm. */
export const bench: Bench = {
  question:
    "What share of the matrix product's rate do convolutions and convolutional networks reach?",
  runtimes: ["deno", "node26", "node20"],
  run,
};

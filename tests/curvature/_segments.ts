// Networks whose parameters are cut into segments, and gradients of their samples by another way.
import {
  type Batch,
  conv2d,
  dense,
  type DType,
  flatten,
  gaussNewton,
  type Layer,
  layerNorm,
  type Linearization,
  lstm,
  type Model,
  relu,
  sequential,
  softmaxCrossEntropy,
  tanh,
} from "../../mod.ts";
import { defineLayer } from "../../layers.ts";
import type { SegmentOptions } from "../../mod.ts";
import { randomRows, tensorOf } from "../_support/twins.ts";
import { mixing } from "../nn/_own.ts";

const CLASSES = 3;

interface Net {
  readonly input: readonly number[];
  readonly layers: () => Layer[];
}

/** Networks with every way in which W is applied. */
export const NETS: Readonly<Record<string, Net>> = {
  dense: { input: [4], layers: () => [dense(5), tanh(), dense(6, { bias: false }), tanh()] },
  "dense over steps": { input: [3, 2], layers: () => [dense(5), tanh(), flatten()] },
  convolution: {
    input: [5, 5, 2],
    layers: () => [conv2d(5, { kernel: 3 }), tanh(), conv2d(2, { kernel: 2 }), flatten()],
  },
  "strided convolution": {
    input: [7, 6, 3],
    layers: () => [
      conv2d(3, { kernel: [2, 3], stride: 2, padding: 1, bias: false }),
      relu(),
      flatten(),
    ],
  },
  "dilated convolution": {
    input: [4, 5, 2],
    layers: () => [conv2d(4, { kernel: 2, dilation: 2 }), tanh(), flatten()],
  },
  "kernel as large as the image": {
    input: [3, 3, 2],
    layers: () => [conv2d(4, { kernel: 3 }), tanh(), flatten()],
  },
  lstm: { input: [3, 2], layers: () => [lstm(3), lstm(2), flatten()] },
  scales: { input: [5], layers: () => [dense(4), layerNorm(), tanh()] },
  "tied weights": {
    input: [3],
    layers: () => [dense(2), tanh(), dense(3, { tiedTo: "dense_1", transpose: true })],
  },
  "a layer of one's own": { input: [3], layers: () => [defineLayer(mixing(3))] },
};

/** A model with a last layer, on one batch. */
export function withBatch(
  { input: shape, layers }: Net,
  { dtype, batchSize, order }: {
    readonly dtype: DType;
    readonly batchSize: number;
    readonly order?: readonly number[];
  },
  body: (model: Model, lin: Linearization, batch: Batch) => void,
): void {
  using model = sequential({ input: [...shape], seed: 3, dtype }, [...layers(), dense(CLASSES)]);
  const rows = randomRows(1, batchSize, shape.reduce((a, b) => a * b, 1));
  const places = order ?? rows.map((_, n) => n);
  using flat = tensorOf(places.map((n) => rows[n]), dtype);
  using labels = tensorOf([places.map((n) => n % CLASSES)], dtype);
  const input = flat.view([batchSize, ...shape]), target = labels.view([batchSize]);
  using lin = model.linearize(softmaxCrossEntropy(), { input, target });
  body(model, lin, { input, target });
}

/** The mean of g gᵀ, of gradients that another route makes (P, P). */
export function empiricalMatrix(lin: Linearization): number[][] {
  using rows = lin.perSampleGradients();
  const [count, size] = rows.shape, { data } = rows;
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => {
      let sum = 0;
      for (let n = 0; n < count; n++) sum += data[n * size + i] * data[n * size + j];
      return sum / count;
    }));
}

/** The Gauss-Newton matrix, which is the exact Fisher matrix of this loss. */
export function exactMatrix(lin: Linearization): number[][] {
  using operator = gaussNewton(lin);
  using matrix = operator.toDense();
  return matrix.toArray() as number[][];
}

/** Strategies, each option in each of its values. */
export const STRATEGIES: Readonly<Record<string, SegmentOptions>> = {
  published: {},
  "rows with their bias": { conv: "filter", bias: "joined", threshold: 100 },
  "single weights": { dense: "scalar", bias: "scalar" },
  "whole layers": { conv: "layer", dense: "layer" },
  "whole layers with their bias": { conv: "layer", dense: "layer", bias: "joined" },
  "kernels, single biases": { bias: "scalar", threshold: 1 },
  "chunks of 5": { chunks: { size: 5 } },
  "chunks of 40": { chunks: { size: 40 } },
  "random chunks of 3": { chunks: { size: 3, key: { seed: 4, stream: 0, index: 0 } } },
};

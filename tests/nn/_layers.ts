// Every layer with an input that suits it.
import * as api from "../_support/api.ts";
import type { Layer } from "../../mod.ts";

/** A layer by itself. */
export interface LayerCase {
  readonly layer: () => Layer;
  readonly input: readonly number[];
}

const IMAGE = [5, 4, 2];
const SEQUENCE = [4, 3];

/** By the name of the function that makes it. */
export const LAYERS: Readonly<Record<string, LayerCase>> = {
  dense: { layer: () => api.dense(4), input: [3] },
  "dense, at each step": { layer: () => api.dense(4), input: SEQUENCE },
  conv2d: { layer: () => api.conv2d(3, { kernel: 3, padding: "same" }), input: IMAGE },
  lstm: { layer: () => api.lstm(3), input: SEQUENCE },
  lastStep: { layer: () => api.lastStep(), input: SEQUENCE },
  batchNorm: { layer: () => api.batchNorm(), input: IMAGE },
  layerNorm: { layer: () => api.layerNorm(), input: [5] },
  dropout: { layer: () => api.dropout(0.4), input: [6] },
  residual: { layer: () => api.residual([api.dense(4), api.tanh(), api.dense(3)]), input: [3] },
  concatenation: {
    layer: () => api.concatenation([[], [api.dense(4), api.tanh()]]),
    input: [3],
  },
  maxPool2d: { layer: () => api.maxPool2d(2), input: IMAGE },
  averagePool2d: { layer: () => api.averagePool2d(2), input: IMAGE },
  globalAveragePool2d: { layer: () => api.globalAveragePool2d(), input: IMAGE },
  flatten: { layer: () => api.flatten(), input: IMAGE },
  reshape: { layer: () => api.reshape([3, 2]), input: [6] },
  identity: { layer: () => api.identity(), input: [3] },
  relu: { layer: () => api.relu(), input: [5] },
  leakyRelu: { layer: () => api.leakyRelu(), input: [5] },
  tanh: { layer: () => api.tanh(), input: [5] },
  sigmoid: { layer: () => api.sigmoid(), input: [5] },
  softplus: { layer: () => api.softplus(), input: [5] },
  elu: { layer: () => api.elu(), input: [5] },
  selu: { layer: () => api.selu(), input: [5] },
  gelu: { layer: () => api.gelu(), input: [5] },
  silu: { layer: () => api.silu(), input: [5] },
};

// Every layer with an input that suits it. A row with `args` is all that is told of a layer: the tests of bad arguments
// and of signatures have it from here.
import * as api from "../_support/api.ts";
import type { Layer, Tensor } from "../../mod.ts";

/** Another value of the option at a path, and how a refusal names it; "" where no result depends on it. */
export type Change = readonly [path: string, value: unknown, named: string];

/** A layer by itself. */
export interface LayerCase {
  readonly layer: () => Layer;
  readonly input: readonly number[];
  /** What the function takes, every option included. */
  readonly args?: readonly unknown[];
  /** Every option changed, for the signatures of checkpoints. */
  readonly changes?: readonly Change[];
}

type Maker = (...args: never[]) => Layer;

/** A row with arguments. */
function row<Make extends Maker>(
  make: Make,
  args: Parameters<Make>,
  input: readonly number[],
  changes: readonly Change[],
): LayerCase {
  return { layer: () => make(...args), args, input, changes };
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
  batchNorm: row(api.batchNorm, [{ epsilon: 1e-5, momentum: 0.1 }], IMAGE, [
    ["0.epsilon", 0.25, "layers[0] epsilon is 0.00001, not 0.25"],
    ["0.momentum", 0.5, "layers[0] momentum is 0.1, not 0.5"],
  ]),
  layerNorm: row(api.layerNorm, [{ epsilon: 1e-5 }], [5], [
    ["0.epsilon", 0.25, "layers[0] epsilon is 0.00001, not 0.25"],
  ]),
  embedding: row(
    api.embedding,
    [6, 3, { paddingIndex: 2, initializer: api.heNormal() }],
    [4],
    [
      ["0", 7, "layers[0] count is 6, not 7"],
      ["1", 2, "layers[0] features is 3, not 2"],
      ["2.paddingIndex", 1, "layers[0] paddingIndex is 2, not 1"],
      ["2.initializer", api.heUniform(), ""],
    ],
  ),
  multiHeadAttention: row(
    api.multiHeadAttention,
    [{ heads: 2, causal: true, bias: true, initializer: api.heNormal() }],
    [3, 4],
    [
      ["0.heads", 4, "layers[0] heads is 2, not 4"],
      ["0.causal", false, "layers[0] causal is true, not false"],
      ["0.bias", false, "layers[0] bias is true, not false"],
      ["0.initializer", api.heUniform(), ""],
    ],
  ),
  "multiHeadAttention, of all steps": {
    layer: () => api.multiHeadAttention({ heads: 3, bias: false }),
    input: [5, 6],
  },
  rmsNorm: row(api.rmsNorm, [{ epsilon: 1e-5 }], [4, 3], [
    ["0.epsilon", 0.25, "layers[0] epsilon is 0.00001, not 0.25"],
  ]),
  groupNorm: row(api.groupNorm, [2, { epsilon: 1e-5 }], [3, 2, 4], [
    ["0", 4, "layers[0] groups is 2, not 4"],
    ["1.epsilon", 0.25, "layers[0] epsilon is 0.00001, not 0.25"],
  ]),
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

/** Makes numbers inputs of layers, in place: indices where the first of them takes such. */
export function suited(input: Tensor, [{ indexCount }]: readonly Layer[]): Tensor {
  if (indexCount === undefined) return input;
  const { data } = input;
  for (let i = 0; i < data.length; i++) data[i] = Math.floor(Math.abs(data[i]) * 1000) % indexCount;
  return input;
}

/** The rows with arguments, by the functions that take them. */
export const TOLD: Readonly<Record<string, Required<LayerCase>>> = Object.fromEntries(
  Object.entries(LAYERS).filter(([, { args }]) => args),
) as Record<string, Required<LayerCase>>;

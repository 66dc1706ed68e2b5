// Every layer with an input that suits it. Its row is all that is told of a layer: the tests of derivatives, of bad
// arguments, of signatures, of memory and of what works with what have it from here.
import * as api from "../_support/api.ts";
import type { Layer, Tensor } from "../../mod.ts";
import type { Domains } from "../api/_domains.ts";

/** Another value of the option at a path, and how a refusal names it; "" where no result depends on it. */
export type Change = readonly [path: string, value: unknown, named: string];

/** A layer by itself. */
export interface LayerCase {
  readonly layer: () => Layer;
  readonly input: readonly number[];
}

/** What is told of a layer. */
export interface LayerRow extends LayerCase {
  /** What the function takes, every option included that can be alone. */
  readonly args: readonly unknown[];
  /** Every option changed, for the signatures of checkpoints. */
  readonly changes: readonly Change[];
  /** What options take that takes one of the bad values. */
  readonly domains: Domains;
  /** The arguments with the options that need something else in the model, or another option. */
  readonly everyOption: readonly unknown[];
  /** Layers before it that an option needs. */
  readonly before: readonly Layer[];
}

type Maker = (...args: never[]) => Layer;
type Told<Make extends Maker> =
  & Partial<Pick<LayerRow, "changes" | "domains" | "before">>
  & { readonly everyOption?: Parameters<Make> };

function row<Make extends Maker>(
  make: Make,
  args: Parameters<Make>,
  input: readonly number[],
  { changes = [], domains = {}, before = [], everyOption = args }: Told<Make> = {},
): LayerRow {
  return { layer: () => make(...args), args, input, changes, domains, before, everyOption };
}

const IMAGE = [5, 4, 2];
const SEQUENCE = [4, 3];

const NORM: Told<(options: api.LayerNormOptions) => Layer> = {
  changes: [["0.epsilon", 0.25, "layers[0] epsilon is 0.00001, not 0.25"]],
  domains: { "0.epsilon": "positive" },
};
const POOL: Told<typeof api.maxPool2d> = {
  changes: [
    ["0", 3, "layers[0] size is 2, not 3"],
    ["1.stride", 1, "layers[0] stride is 2, not 1"],
    ["1.padding", 1, "layers[0] padding is 0, not 1"],
  ],
  domains: { "1.padding": "place" },
};
const { heNormal, heUniform } = api;

/** By the name of the function that makes it. */
export const ROWS: Readonly<Record<string, LayerRow>> = {
  dense: row(api.dense, [4, { bias: true, initializer: heNormal() }], [4], {
    changes: [
      ["0", 3, "layers[1] units is 4, not 3"],
      ["1.bias", false, "layers[1] bias is true, not false"],
      ["1.initializer", heUniform(), ""],
      ["1.tiedTo", "dense_1", 'layers[1] site is absent, not "dense_1"'],
    ],
    domains: { "1.tiedTo": "name" },
    before: [api.dense(4)],
    everyOption: [3, { bias: true, initializer: heNormal(), tiedTo: "dense_1", transpose: true }],
  }),
  conv2d: row(
    api.conv2d,
    [3, {
      kernel: 3,
      stride: 1,
      padding: "same",
      dilation: 1,
      bias: true,
      initializer: heNormal(),
    }],
    IMAGE,
    {
      changes: [
        ["0", 2, "layers[0] filters is 3, not 2"],
        ["1.kernel", [3, 2], "layers[0] kernel[1] is 3, not 2"],
        ["1.stride", 2, "layers[0] stride is 1, not 2"],
        ["1.padding", 0, 'layers[0] padding is "same", not 0'],
        ["1.dilation", 2, "layers[0] dilation is 1, not 2"],
        ["1.bias", false, "layers[0] bias is true, not false"],
        ["1.initializer", heUniform(), ""],
      ],
      domains: { "1.padding": "place" },
    },
  ),
  lstm: row(api.lstm, [3, { initializer: heNormal(), forgetBias: 1 }], SEQUENCE, {
    changes: [
      ["0", 2, "layers[0] units is 3, not 2"],
      ["1.initializer", heUniform(), ""],
      ["1.forgetBias", 3, ""],
    ],
    domains: { "1.forgetBias": "finite" },
  }),
  lastStep: row(api.lastStep, [], SEQUENCE),
  batchNorm: row(api.batchNorm, [{ epsilon: 1e-5, momentum: 0.1 }], IMAGE, {
    changes: [
      ["0.epsilon", 0.25, "layers[0] epsilon is 0.00001, not 0.25"],
      ["0.momentum", 0.5, "layers[0] momentum is 0.1, not 0.5"],
    ],
    domains: { "0.epsilon": "positive", "0.momentum": "proper" },
  }),
  layerNorm: row(api.layerNorm, [{ epsilon: 1e-5 }], [5], NORM),
  embedding: row(api.embedding, [6, 3, { paddingIndex: 2, initializer: heNormal() }], [4], {
    changes: [
      ["0", 7, "layers[0] count is 6, not 7"],
      ["1", 2, "layers[0] features is 3, not 2"],
      ["2.paddingIndex", 1, "layers[0] paddingIndex is 2, not 1"],
      ["2.initializer", heUniform(), ""],
    ],
    domains: { "2.paddingIndex": "place" },
  }),
  multiHeadAttention: row(
    api.multiHeadAttention,
    [{ heads: 2, causal: true, bias: true, initializer: heNormal() }],
    [3, 4],
    {
      changes: [
        ["0.heads", 4, "layers[0] heads is 2, not 4"],
        ["0.causal", false, "layers[0] causal is true, not false"],
        ["0.bias", false, "layers[0] bias is true, not false"],
        ["0.initializer", heUniform(), ""],
      ],
    },
  ),
  rmsNorm: row(api.rmsNorm, [{ epsilon: 1e-5 }], [4, 3], NORM),
  groupNorm: row(api.groupNorm, [2, { epsilon: 1e-5 }], [3, 2, 4], {
    changes: [
      ["0", 4, "layers[0] groups is 2, not 4"],
      ["1.epsilon", 0.25, "layers[0] epsilon is 0.00001, not 0.25"],
    ],
    domains: { "1.epsilon": "positive" },
  }),
  dropout: row(api.dropout, [0.4, { seed: 3 }], [6], {
    changes: [
      ["0", 0.25, "layers[0] rate is 0.4, not 0.25"],
      ["1.seed", 4, "layers[0] seed is 3, not 4"],
    ],
    domains: { "0": "fraction", "1.seed": "exact" },
  }),
  residual: row(
    api.residual,
    [[api.dense(4), api.tanh(), api.dense(3)], { projection: [] }],
    [3],
    {
      changes: [
        [
          "0",
          [api.dense(4), api.relu(), api.dense(3)],
          'layers[0] branches[0][1] kind is "tanh", not "relu"',
        ],
        ["1.projection", [api.elu(2)], "layers[0] branches[1] length is 0, not 1"],
      ],
    },
  ),
  concatenation: row(api.concatenation, [[[], [api.dense(4), api.tanh()]]], [3], {
    changes: [
      [
        "0",
        [[], [api.dense(4), api.relu()]],
        'layers[0] branches[1][1] kind is "tanh", not "relu"',
      ],
    ],
  }),
  maxPool2d: row(api.maxPool2d, [2, { stride: 2, padding: 0 }], IMAGE, POOL),
  averagePool2d: row(api.averagePool2d, [2, { stride: 2, padding: 0 }], IMAGE, POOL),
  globalAveragePool2d: row(api.globalAveragePool2d, [], IMAGE),
  flatten: row(api.flatten, [], IMAGE),
  reshape: row(api.reshape, [[3, 2]], [6], {
    changes: [["0", [6, 1], "layers[0] shape[0] is 3, not 6"]],
  }),
  identity: row(api.identity, [], [3]),
  relu: row(api.relu, [], [5]),
  leakyRelu: row(api.leakyRelu, [0.25], [5], {
    changes: [["0", 0.5, "layers[0] slope is 0.25, not 0.5"]],
    domains: { "0": "finite" },
  }),
  tanh: row(api.tanh, [], [5]),
  sigmoid: row(api.sigmoid, [], [5]),
  softplus: row(api.softplus, [], [5]),
  elu: row(api.elu, [1], [5], {
    changes: [["0", 2, "layers[0] alpha is 1, not 2"]],
    domains: { "0": "finite" },
  }),
  selu: row(api.selu, [], [5]),
  gelu: row(api.gelu, [{}], [5], {
    changes: [["0.approximate", "tanh", 'layers[0] approximate is absent, not "tanh"']],
    everyOption: [{ approximate: "tanh" }],
  }),
  silu: row(api.silu, [], [5]),
};

/** Layers that are something else with another input or other options, behind those of the same function. */
const FURTHER: Readonly<Record<string, LayerCase>> = {
  "dense, at each step": { layer: () => api.dense(4), input: SEQUENCE },
  "multiHeadAttention, of all steps": {
    layer: () => api.multiHeadAttention({ heads: 3, bias: false }),
    input: [5, 6],
  },
};

/** Every layer by itself. */
export const LAYERS: Readonly<Record<string, LayerCase>> = Object.fromEntries(
  Object.entries(ROWS).flatMap(([name, made]): [string, LayerCase][] => [
    [name, made],
    ...Object.entries(FURTHER).filter(([form]) => form.startsWith(`${name}, `)),
  ]),
);

/** Makes numbers inputs of layers, in place: indices where the first of them takes such. */
export function suited(input: Tensor, [{ indexCount }]: readonly Layer[]): Tensor {
  if (indexCount === undefined) return input;
  const { data } = input;
  for (let i = 0; i < data.length; i++) data[i] = Math.floor(Math.abs(data[i]) * 1000) % indexCount;
  return input;
}

/** The layer between two others with parameters, so that something goes through it both ways; first if it must be. */
export function around(layer: Layer, input: readonly number[], outputs: number): Layer[] {
  if (layer.indexCount) return [layer, api.flatten(), api.dense(outputs)];
  const width = input[input.length - 1];
  const before = input.length > 2 ? api.conv2d(width, { kernel: 1 }) : api.dense(width);
  return [before, layer, api.flatten(), api.dense(outputs)];
}

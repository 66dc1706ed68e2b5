// Small runs made of settings, for tests that change one of them between two parts.
import {
  adam,
  averagePool2d,
  concatenation,
  conv2d,
  type Dataset,
  dataset,
  defineLoss,
  dense,
  dropout,
  elu,
  flatten,
  gelu,
  heavyBall,
  huber,
  type Layer,
  layerNorm,
  leakyRelu,
  levenbergMarquardt,
  type Loss,
  lstm,
  maxPool2d,
  type Model,
  type Optimizer,
  pseudoHuber,
  residual,
  sequential,
  sgd,
  squaredError,
  tanh,
  type TrainOptions,
} from "../../mod.ts";
import { defineLayer, heNormal, pytorchDefault } from "../../layers.ts";
import { ROUND } from "../nn/_own.ts";

/** What every setting may be. */
export const CHOICES = {
  network: ["dense", "images", "sequences"],
  units: [3, 4],
  bias: [true, false],
  activation: ["leakyRelu", "elu", "gelu", "tanh"],
  slope: [0.01, 0.3],
  alpha: [1, 2],
  approximate: [undefined, "tanh"],
  rate: [0, 0.25, 0.5],
  maskSeed: [undefined, 7],
  epsilon: [1e-5, 1e-3],
  innerSlope: [0.1, 0.2],
  factor: [1, 2],
  layerVersion: [1, 2],
  kernel: [2, 3],
  stride: [1, 2],
  padding: ["same", 1],
  dilation: [1, 2],
  pool: ["maxPool2d", "averagePool2d"],
  poolStride: [1, 2],
  lengths: [undefined, [3, 1, 2, 3, 2, 1, 3, 2], [3, 3, 3, 3, 3, 3, 3, 3]],
  dtype: ["float32", "float64"],
  initializer: ["pytorchDefault", "heNormal"],
  forgetBias: [1, 3],
  modelSeed: [1, 2],
  optimizer: ["sgd", "adam", "levenbergMarquardt"],
  learningRate: [0.01, 0.02],
  schedule: [false, true],
  l2: [0, 1e-3],
  decay: [undefined, 0.9, 0.5],
  beta1: [0.9, 0.8],
  initialDamping: [1e-3, 1e-2],
  form: ["auto", "primal", "lsmr"],
  loss: ["squaredError", "huber", "pseudoHuber", "own"],
  delta: [1, 0.25],
  lossVersion: [1, 2],
  width: [1, 2],
  scale: [1, 0.5],
  input: [0, 1],
  target: [0, 1],
  batchSize: [4, 2],
  seed: [3, 4],
  onNonFinite: [undefined, "throw", "skip"],
  epochs: [2, 3],
  evaluates: [false, true],
  timeBudgetMs: [undefined, 1e9],
} as const;

/** One choice for each. */
export type Settings = { -readonly [K in keyof typeof CHOICES]: typeof CHOICES[K][number] };

/** Samples in the data sets. */
const SAMPLES = 8;

const INPUTS = { dense: [4], images: [6, 6, 1], sequences: [3, 2] } as const;

/** The first steps of each run, and how many there are at least. */
export const [FIRST_STEPS, ALL_STEPS] = [2, 4];

function activationOf({ activation, slope, alpha, approximate }: Settings): Layer {
  if (activation === "leakyRelu") return leakyRelu(slope);
  if (activation === "elu") return elu(alpha);
  return activation === "tanh" ? tanh() : gelu(approximate ? { approximate } : {});
}

function scaling({ factor, layerVersion: version }: Settings): Layer {
  return defineLayer({
    name: "scaling",
    version,
    options: { factor },
    outputShape: (input) => input,
    forward: ({ x }, y) => x.forEach((v, i) => y[i] = factor * v),
    vjp: (_point, dy, out) => dy.forEach((d, i) => out.x[i] = factor * d),
    jvp: (_point, { x }, dy) => x.forEach((t, i) => dy[i] = factor * t),
  });
}

function layersOf(settings: Settings): Layer[] {
  const { network, units, bias, rate, maskSeed, epsilon, innerSlope, forgetBias } = settings;
  const { kernel, stride, padding, dilation, pool, poolStride } = settings;
  const initializer = settings.initializer === "heNormal" ? heNormal() : pytorchDefault();
  const drop = dropout(rate, maskSeed === undefined ? {} : { seed: maskSeed });
  const branch = [dense(units), leakyRelu(innerSlope)];
  if (network === "sequences") {
    return [lstm(units, { initializer, forgetBias }), activationOf(settings), dense(2, { bias })];
  }
  if (network === "images") {
    const makePool = pool === "maxPool2d" ? maxPool2d : averagePool2d;
    return [
      conv2d(units, { kernel, stride, padding, dilation, bias, initializer }),
      activationOf(settings),
      makePool(2, { stride: poolStride, padding: 1 }),
      flatten(),
      drop,
      dense(2),
    ];
  }
  return [
    dense(units, { bias, initializer }),
    activationOf(settings),
    layerNorm({ epsilon }),
    scaling(settings),
    drop,
    residual([concatenation([[], branch]), dense(units)]),
    dense(2),
  ];
}

function lossOf({ loss, delta, lossVersion, width }: Settings): Loss {
  if (loss === "huber") return huber(delta);
  if (loss === "pseudoHuber") return pseudoHuber(delta);
  if (loss === "squaredError") return squaredError();
  const options = { width };
  return defineLoss({ ...ROUND, isSumOverSteps: true, version: lossVersion, options });
}

function optimizerOf(settings: Settings): Optimizer {
  const { optimizer, learningRate: rate, schedule, l2, decay, beta1, initialDamping, form } =
    settings;
  const learningRate = schedule ? () => rate : rate;
  if (optimizer === "adam") return adam({ learningRate, l2, beta1 });
  if (optimizer === "sgd") {
    return sgd({ learningRate, l2, ...(decay && { momentum: heavyBall(decay) }) });
  }
  return levenbergMarquardt({ initialDamping, form, l2 });
}

function dataOf({ network, scale, input, target, lengths }: Settings): Dataset {
  const inputShape = INPUTS[network];
  const targetShape = network === "sequences" ? [3, 2] : [2];
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, SAMPLES);
  const numbers = (count: number, seed: number): number[] =>
    Array.from({ length: count }, (_, i) => ((i * 37 + seed) % 29) / 10 - 1.4);
  const [inputs, targets] = [numbers(size(inputShape), 0), numbers(size(targetShape), 11)];
  inputs[5] += input;
  targets[3] += target;
  return dataset({
    input: inputs,
    target: targets,
    inputShape,
    targetShape,
    scale,
    lengths: network === "sequences" ? lengths : undefined,
  });
}

/** The model of a run. */
export function modelOf(settings: Settings): Model {
  const { network, modelSeed: seed, dtype } = settings;
  return sequential({ input: INPUTS[network], seed, dtype }, layersOf(settings));
}

/** The options of a run, but for its model. */
export function optionsOf(settings: Settings): Omit<TrainOptions, "model"> {
  const { batchSize, seed, onNonFinite, evaluates, timeBudgetMs, epochs } = settings;
  const data = dataOf(settings);
  return {
    loss: lossOf(settings),
    optimizer: optimizerOf(settings),
    data,
    batchSize,
    seed,
    epochs,
    ...(onNonFinite && { onNonFinite }),
    ...(timeBudgetMs && { timeBudgetMs }),
    ...(evaluates && { evaluate: { data } }),
  };
}

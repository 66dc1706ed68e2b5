// Networks, grids and published figures of the CW-NGD bench.
import {
  adam,
  conv2d,
  cwNgd,
  dense,
  dropout,
  flatten,
  heavyBall,
  kBfgs,
  kfac,
  type Layer,
  maxPool2d,
  type Optimizer,
  relu,
  sgd,
} from "../../mod.ts";
import type { Axis, Settings } from "./moving_grid.ts";

/** A network with its data as the authors prepare them. */
export interface Problem {
  /** Shape of a sample. */
  readonly input: readonly number[];
  readonly layers: () => Layer[];
  /** Pixels become (x - mean) / deviation. */
  readonly mean: number;
  readonly deviation: number;
  readonly batchSize: number;
  /** Steps of a run unless the command line says otherwise. */
  readonly steps: number;
  /** Published steps until 90 % of the final training accuracy, by method. */
  readonly published: Readonly<Record<string, number>>;
}

/** The authors' networks (code and logs of the second paper), and a pair that runs in minutes. */
export const PROBLEMS: Readonly<Record<string, Problem>> = {
  small_convnet: {
    input: [28, 28, 1],
    layers: () => [
      conv2d(8, { kernel: 3 }),
      relu(),
      maxPool2d(2),
      conv2d(16, { kernel: 3 }),
      relu(),
      maxPool2d(2),
      flatten(),
      dense(10),
    ],
    mean: 0.1307,
    deviation: 0.3081,
    batchSize: 256,
    steps: 150,
    published: {},
  },
  small_mlp: {
    input: [784],
    layers: () => [dense(32), relu(), dense(32), relu(), dense(10)],
    mean: 0.5,
    deviation: 0.5,
    batchSize: 256,
    steps: 300,
    published: {},
  },
  convnet: {
    input: [28, 28, 1],
    layers: () => [
      conv2d(32, { kernel: 3 }),
      relu(),
      conv2d(64, { kernel: 3 }),
      relu(),
      maxPool2d(2),
      dropout(0.25),
      flatten(),
      dense(128),
      relu(),
      dropout(0.5),
      dense(10),
    ],
    mean: 0.1307,
    deviation: 0.3081,
    batchSize: 1024,
    steps: 5900,
    published: { cwNgd: 18.2, adam: 28.6, sgd: 35.6, kfac: 317 },
  },
  // The network for Fashion-MNIST; give the folder of its files for the published figures to be of the same data.
  fashion_mlp: {
    input: [784],
    layers: () => [
      dense(120),
      relu(),
      dropout(0.2),
      dense(120),
      relu(),
      dropout(0.2),
      dense(10),
    ],
    mean: 0.5,
    deviation: 0.5,
    batchSize: 1024,
    steps: 5900,
    published: { cwNgd: 103.8, adam: 133.4, sgd: 102, kfac: 658.8 },
  },
};

/** Seeds of the authors' runs. */
export const SEEDS: readonly number[] = [20190524, 767345628, 1241929873, 426734152, 175474821];

/** What a method's grid begins with, and the method with a point of it. */
export interface Grid {
  readonly axes: Readonly<Record<string, Axis>>;
  readonly make: (settings: Settings) => Optimizer;
}

/** By method. */
export const GRIDS: Readonly<Record<string, Grid>> = {
  cwNgd: {
    axes: { learningRate: [3e-4, 1e-3, 3e-3, 1e-2], damping: [1e-5, 1e-4, 1e-3, 1e-2] },
    make: cwNgd,
  },
  adam: {
    axes: { learningRate: [3e-4, 1e-3, 3e-3, 1e-2, 3e-2] },
    make: (settings) => adam({ ...settings, beta2: 0.99 }),
  },
  sgd: {
    axes: { learningRate: [0.003, 0.01, 0.03, 0.1, 0.3] },
    make: (settings) => sgd({ ...settings, momentum: heavyBall(0.9) }),
  },
  kfac: {
    axes: { learningRate: [0.03, 0.1, 0.3, 1, 3] },
    make: (settings) => kfac({ ...settings, damping: 0.03 }),
  },
  kBfgs: {
    axes: { learningRate: [0.1, 0.3, 1, 3, 10] },
    make: (settings) => kBfgs({ ...settings, damping: 0.3 }),
  },
};

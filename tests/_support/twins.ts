// A model and its twin among the oracles, with data that both dtypes hold exactly.
import * as api from "./api.ts";
import type { DType, Layer, Loss, Model, Tensor } from "../../mod.ts";
import type { ACTIVATION_ORACLES } from "../oracles/activations.ts";
import * as oracle from "../oracles/loss_derivatives.ts";
import type { LossOracle } from "../oracles/loss_derivatives.ts";
import type { Rows } from "../oracles/matrices.ts";
import { type Mlp, type OracleLayer, unflatten } from "../oracles/mlp.ts";
import { uniform } from "../oracles/symmetric_matrices.ts";

/** Both dtypes, for loops. */
export const DTYPES: readonly DType[] = ["float32", "float64"];

/** Names of activations as the kernels have them. */
export type ActivationName = keyof typeof ACTIVATION_ORACLES;

/** The layer of a name and a parameter. */
export const ACTIVATION_LAYERS: Readonly<Record<ActivationName, (parameter: number) => Layer>> = {
  relu: () => api.relu(),
  leaky_relu: (slope) => api.leakyRelu(slope),
  elu: (alpha) => api.elu(alpha),
  selu: () => api.selu(),
  gelu: () => api.gelu(),
  gelu_tanh: () => api.gelu({ approximate: "tanh" }),
  silu: () => api.silu(),
  tanh: () => api.tanh(),
  sigmoid: () => api.sigmoid(),
  softplus: () => api.softplus(),
};

/** A layer of a pair of twins. */
export interface TwinLayer {
  readonly units: number;
  readonly activation?: ActivationName;
  readonly parameter?: number;
  readonly bias?: boolean;
}

/** What twins are made of. */
export interface TwinOptions {
  readonly inputs: number;
  readonly layers: readonly TwinLayer[];
  readonly dtype: DType;
  readonly seed?: number;
}

/** A model, the oracle's network and the parameters as matrices. */
export interface Twin {
  readonly model: Model;
  readonly net: Mlp;
  /** The model's parameters now, as the oracle takes them. */
  weights(): Rows[];
}

/** Makes both. */
export function twin({ inputs, layers, dtype, seed = 1 }: TwinOptions): Twin {
  const net: Mlp = {
    inputs,
    layers: layers.map(({ units, activation, parameter, bias = true }): OracleLayer => ({
      units,
      hasBias: bias,
      activation,
      parameter,
    })),
  };
  const model = api.sequential(
    { input: [inputs], dtype, seed },
    layers.flatMap(({ units, activation, parameter = 1, bias = true }) => [
      api.dense(units, { bias }),
      ...(activation ? [ACTIVATION_LAYERS[activation](parameter)] : []),
    ]),
  );
  return { model, net, weights: () => unflatten(net, model.parameters.data) };
}

/** Rows of numbers in [-1, 1) that float32 holds exactly. */
export function randomRows(seed: number, rows: number, columns: number): Rows {
  const next = uniform(seed);
  return Array.from(
    { length: rows },
    () => Array.from({ length: columns }, () => Math.fround(next())),
  );
}

/** Rows as a tensor. */
export function tensorOf(rows: Rows, dtype: DType): Tensor {
  return api.tensor(rows, { dtype });
}

/** A vector of numbers in [-1, 1). */
export function randomVector(seed: number, size: number, dtype: DType): Tensor {
  return api.tensor(randomRows(seed, 1, size)[0], { dtype });
}

/** A loss, its oracle, and targets as the loss takes them (`given`) and dense. */
export interface LossCase {
  readonly loss: Loss;
  readonly oracle: LossOracle;
  readonly isSmooth: boolean;
  targets(seed: number, samples: number, outputs: number): { given: number[] | Rows; dense: Rows };
}

type TargetKind = "real" | "unit" | "count" | "weight" | "index";

function targetsOf(kind: TargetKind): LossCase["targets"] {
  return (seed, samples, outputs) => {
    const real = randomRows(seed, samples, outputs);
    const each = (f: (x: number) => number): Rows => real.map((row) => row.map(f));
    if (kind === "index") {
      const given = real.map(([x]) => Math.floor((x + 1) / 2 * outputs));
      const dense = given.map((index) => real[0].map((_, k) => k === index ? 1 : 0));
      return { given, dense };
    }
    const dense = kind === "real"
      ? real
      : each(kind === "count" ? (x) => Math.floor(3 * (x + 1)) : (x) => Math.fround((x + 1) / 2));
    return { given: dense, dense };
  };
}

const HUBER = 0.5;

/** Every loss in each form of its targets. */
export const LOSS_CASES: Readonly<Record<string, LossCase>> = {
  squaredError: loss(api.squaredError(), oracle.SQUARED_ERROR, "real"),
  sigmoidCrossEntropy: loss(api.sigmoidCrossEntropy(), oracle.SIGMOID_CROSS_ENTROPY, "unit"),
  huber: loss(api.huber(HUBER), oracle.huberOracle(HUBER), "real", false),
  pseudoHuber: loss(api.pseudoHuber(HUBER), oracle.pseudoHuberOracle(HUBER), "real"),
  poisson: loss(api.poisson(), oracle.POISSON, "count"),
  welsch: loss(api.welsch(), oracle.WELSCH, "real"),
  softmaxIndices: loss(api.softmaxCrossEntropy(), oracle.SOFTMAX_CROSS_ENTROPY, "index"),
  softmaxWeights: loss(api.softmaxCrossEntropy(), oracle.SOFTMAX_CROSS_ENTROPY, "weight"),
  zeroOneIndices: loss(api.expectedZeroOne(), oracle.EXPECTED_ZERO_ONE, "index"),
  zeroOneWeights: loss(api.expectedZeroOne(), oracle.EXPECTED_ZERO_ONE, "weight"),
};

function loss(made: Loss, twin: LossOracle, kind: TargetKind, isSmooth = true): LossCase {
  return { loss: made, oracle: twin, isSmooth, targets: targetsOf(kind) };
}

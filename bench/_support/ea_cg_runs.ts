// Networks, data and methods of the EA-CG bench, and the runs themselves, which advance in turn.
import process from "node:process";
import type { Dataset } from "../../src/data/dataset.ts";
import { dense } from "../../src/nn/layers/dense.ts";
import { glorotNormal } from "../../src/nn/sites/initializers.ts";
import { expectedZeroOne, softmaxCrossEntropy } from "../../src/nn/losses/softmax.ts";
import { sigmoid } from "../../src/nn/layers/activation.ts";
import { flatten } from "../../src/nn/layers/reshape.ts";
import { sequential } from "../../src/nn/sequential.ts";
import type { Model } from "../../src/nn/model.ts";
import { adam } from "../../src/optimizers/adam.ts";
import { eaCg } from "../../src/optimizers/ea_cg.ts";
import { kfi } from "../../src/optimizers/kfi.ts";
import { heavyBall } from "../../src/optimizers/momentum.ts";
import type { Optimizer, OptimizerState } from "../../src/optimizers/optimizer.ts";
import { sgd } from "../../src/optimizers/sgd.ts";
import { NonFiniteError } from "../../src/runtime/errors.ts";
import { zeros } from "../../src/tensor/create.ts";
import { permutation, randomKey, STREAMS } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** Samples of a mini-batch, as in the re-run of the paper. */
export const BATCH_SIZE = 500;

/** Loss and accuracy are taken on so many of the first training and of the test samples. */
const JUDGED = 2000;

/** Keys between the orders of two passes over the data. */
const KEYS_PER_PASS = 2 ** 32;

/** A network with how its inputs are scaled. */
export interface Setting {
  readonly widths: readonly number[];
  /** Means and standard deviations by channel. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** The two of the re-run. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  cifar10: {
    widths: [1024, 512, 256, 128, 64, 32, 16],
    mean: [0.4914, 0.4822, 0.4465],
    deviation: [0.2470, 0.2435, 0.2616],
  },
  mnist: { widths: [512, 128, 32], mean: [0], deviation: [1] },
};

/** Dense layers with sigmoid units, Xavier's normal weights and 10 outputs. */
export function network({ widths }: Setting, input: readonly number[], seed: number): Model {
  const initializer = glorotNormal();
  const hidden = widths.flatMap((units) => [dense(units, { initializer }), sigmoid()]);
  return sequential({ input, seed }, [flatten(), ...hidden, dense(10, { initializer })]);
}

const STEP_SIZES = [0.01, 0.03, 0.1, 0.3, 1, 3];
const ADAM_STEP_SIZES = [1e-4, 1e-3, 1e-2];
const PROJECTIONS = ["zero", "clip", "abs"] as const;

/** By name: first-order methods over a sweep, the others with the settings of the re-run. */
export const METHODS: Readonly<Record<string, Optimizer>> = {
  ...Object.fromEntries(
    STEP_SIZES.map((learningRate) => [
      `sgd ${learningRate}`,
      sgd({ learningRate, momentum: heavyBall(0.9) }),
    ]),
  ),
  ...Object.fromEntries(
    ADAM_STEP_SIZES.map((learningRate) => [`adam ${learningRate}`, adam({ learningRate })]),
  ),
  ...Object.fromEntries(
    PROJECTIONS.map((projection) => [`kfi ${projection}`, kfi({ projection })]),
  ),
  ...Object.fromEntries(
    PROJECTIONS.map((projection) => [`eaCg ${projection}`, eaCg({ projection })]),
  ),
};

/** The criteria, the second of them not convex. */
export const LOSSES = {
  crossEntropy: softmaxCrossEntropy(),
  zeroOne: expectedZeroOne(),
} as const;

/** How a run stands after some steps. */
export interface Point {
  readonly step: number;
  /** Processor seconds of training. */
  readonly seconds: number;
  /** Mean of the criterion and of the cross-entropy on training samples. */
  readonly criterion: number;
  readonly train: number;
  /** Cross-entropy and accuracy on test samples. */
  readonly test: number;
  readonly accuracy: number;
}

/** One method's run. */
export interface Curve {
  readonly method: string;
  readonly loss: keyof typeof LOSSES;
  readonly seed: number;
  readonly points: Point[];
  /** Mean iterations of a site's system, where there are any. */
  iterationsPerSystem?: number;
  /** Why the run ended early. */
  failure?: string;
}

/** Processor seconds of this process. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Training and test samples of one setting. */
export interface Samples {
  readonly setting: Setting;
  readonly train: Dataset;
  readonly test: Dataset;
}

function fill(
  { setting }: Samples,
  data: Dataset,
  rows: ArrayLike<number>,
  x: Tensor,
  y: Tensor,
): void {
  data.fill(rows, x, y);
  const { mean, deviation } = setting, { data: values } = x;
  for (let i = 0; i < values.length; i++) {
    const channel = i % mean.length;
    values[i] = (values[i] - mean[channel]) / deviation[channel];
  }
}

/** A run that goes on when it is told to. */
export class Runner {
  /** What it has seen so far. */
  readonly curve: Curve;
  readonly #samples: Samples;
  readonly #model: Model;
  readonly #optimizer: Optimizer;
  readonly #state: OptimizerState;
  readonly #input: Tensor;
  readonly #target = zeros([BATCH_SIZE]);
  #order: ArrayLike<number> = [];
  #seconds = 0;
  #iterations = 0;

  /** Starts from the seed's weights. */
  constructor(samples: Samples, method: string, loss: keyof typeof LOSSES, seed: number) {
    this.curve = { method, loss, seed, points: [] };
    this.#samples = samples;
    this.#model = network(samples.setting, samples.train.inputShape, seed);
    this.#optimizer = METHODS[method];
    this.#state = this.#optimizer.init(this.#model);
    this.#input = zeros([BATCH_SIZE, ...samples.train.inputShape]);
    this.#note();
  }

  /** Takes steps, then notes how the run stands; nothing once it has failed. */
  advance(steps: number): void {
    if (this.curve.failure !== undefined) return;
    const [model, loss] = [this.#model, LOSSES[this.curve.loss]];
    const batch = { input: this.#input, target: this.#target };
    try {
      for (let i = 0; i < steps; i++) {
        fill(this.#samples, this.#samples.train, this.#nextRows(), batch.input, batch.target);
        const before = processorSeconds();
        const { solverIterations } = this.#optimizer.step(this.#state, { model, loss, batch });
        this.#seconds += processorSeconds() - before;
        this.#iterations += solverIterations ?? 0;
      }
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      this.curve.failure = error.message;
      return;
    }
    if (this.#iterations > 0) {
      const systems = 2 * model.sites.length * this.#state.step;
      this.curve.iterationsPerSystem = this.#iterations / systems;
    }
    this.#note();
  }

  #nextRows(): ArrayLike<number> {
    const { train: { size } } = this.#samples, perPass = Math.floor(size / BATCH_SIZE);
    const pass = Math.floor(this.#state.step / perPass), start = this.#state.step % perPass;
    if (start === 0) {
      const key = randomKey(this.curve.seed, STREAMS.data, pass * KEYS_PER_PASS);
      this.#order = permutation(key, size);
    }
    return Array.prototype.slice.call(
      this.#order,
      start * BATCH_SIZE,
      (start + 1) * BATCH_SIZE,
    );
  }

  #note(): void {
    const { train, test } = this.#samples, step = this.#state.step, seconds = this.#seconds;
    const [own, other] = [this.#judge(train), this.#judge(test)];
    const point = {
      step,
      seconds,
      criterion: own[this.curve.loss],
      train: own.crossEntropy,
      test: other.crossEntropy,
      accuracy: other.accuracy,
    };
    this.curve.points.push(point);
    const figures = [point.train, point.test, point.accuracy, seconds].map((x) => x.toFixed(3));
    const { method, loss, seed } = this.curve;
    console.error(`${method}, ${loss}, seed ${seed}, step ${step}: ${figures.join("  ")}`);
  }

  /** Both criteria and the accuracy on the first samples. */
  #judge(data: Dataset): Record<"crossEntropy" | "zeroOne" | "accuracy", number> {
    const count = Math.floor(Math.min(JUDGED, data.size) / BATCH_SIZE), batch = this.#input;
    let [crossEntropy, zeroOne, right] = [0, 0, 0];
    for (let part = 0; part < count; part++) {
      const rows = Array.from({ length: BATCH_SIZE }, (_, i) => part * BATCH_SIZE + i);
      fill(this.#samples, data, rows, batch, this.#target);
      using output = this.#model.predict(batch);
      crossEntropy += LOSSES.crossEntropy.evaluate(output, this.#target);
      zeroOne += LOSSES.zeroOne.evaluate(output, this.#target);
      for (let row = 0; row < BATCH_SIZE; row++) {
        const logits = output.data.subarray(10 * row, 10 * (row + 1));
        const best = [...logits].reduce((b, x, i) => x > logits[b] ? i : b, 0);
        if (best === this.#target.data[row]) right++;
      }
    }
    const total = count * BATCH_SIZE;
    return {
      crossEntropy: crossEntropy / total,
      zeroOne: zeroOne / total,
      accuracy: right / total,
    };
  }
}

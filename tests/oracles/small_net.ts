// Networks of small steps on one sample in hyper-dual numbers, and every derivative of their mean loss that
// the library has, entry by entry.
import {
  add,
  constant,
  exp,
  type HyperDual,
  inverseRoot,
  log,
  multiply,
  subtract,
  sum,
  tanh,
} from "./hyper_dual.ts";
import type { Rows } from "./matrices.ts";

/** One layer on one sample (by its number), its parameters somewhere in θ. */
export type Step = (x: HyperDual[], theta: readonly HyperDual[], sample: number) => HyperDual[];

/** z = W [x | 1], W (outputs, inputs + 1 with a bias) row-major at an offset. */
export function denseStep(offset: number, outputs: number, hasBias = true): Step {
  return (x, theta) => {
    const row = hasBias ? [...x, constant(1)] : x;
    return Array.from(
      { length: outputs },
      (_, o) => sum(row.map((a, i) => multiply(theta[offset + o * row.length + i], a))),
    );
  };
}

/** z = weightᵀ x or weight x, + bias, of the weight (rows, columns) in rows of `stride` at an offset. */
export function tiedStep(
  { offset, rows, columns, stride }: Readonly<
    Record<"offset" | "rows" | "columns" | "stride", number>
  >,
  isTransposed: boolean,
  biasOffset?: number,
): Step {
  return (x, theta) =>
    Array.from({ length: isTransposed ? columns : rows }, (_, o) => {
      const products = x.map((a, i) => {
        const [row, column] = isTransposed ? [i, o] : [o, i];
        return multiply(theta[offset + row * stride + column], a);
      });
      const bias = biasOffset === undefined ? constant(0) : theta[biasOffset + o];
      return add(sum(products), bias);
    });
}

/** Rows of W (…, features), at an offset, by the numbers that stand in x; row `fixed` counts as constant. */
export function lookupStep(offset: number, features: number, fixed?: number): Step {
  return (x, theta) =>
    x.flatMap(([index]) => {
      const row = theta.slice(offset + index * features, offset + (index + 1) * features);
      return index === fixed ? row.map(([value]) => constant(value)) : row;
    });
}

/** What normalizationStep() makes its groups of. */
export interface NormalizationShape {
  readonly channels: number;
  readonly epsilon: number;
  /** Positions that are normalized together. @default 1 */
  readonly positions?: number;
  /** Groups of channels. @default 1 */
  readonly groups?: number;
  /** Has neither mean nor shift. @default false */
  readonly isRootMeanSquare?: boolean;
}

/** y = γ (x - mean) / √(variance + ε) + β over groups of rows of channels, [γ | β] or [γ] at an offset. */
export function normalizationStep(
  offset: number,
  { channels, epsilon, positions = 1, groups = 1, isRootMeanSquare = false }: NormalizationShape,
): Step {
  const columns = isRootMeanSquare ? 1 : 2;
  return (x, theta) => {
    const result = new Array<HyperDual>(x.length);
    const width = channels / groups;
    for (let first = 0; first < x.length; first += positions * channels) {
      for (let group = 0; group < groups; group++) {
        const places = Array.from(
          { length: positions * width },
          (_, i) => first + Math.floor(i / width) * channels + group * width + i % width,
        );
        const share = constant(1 / places.length);
        const mean = isRootMeanSquare
          ? constant(0)
          : multiply(share, sum(places.map((place) => x[place])));
        const centred = places.map((place) => subtract(x[place], mean));
        const variance = multiply(share, sum(centred.map((a) => multiply(a, a))));
        const inverse = inverseRoot(add(variance, constant(epsilon)));
        for (const [i, place] of places.entries()) {
          const at = offset + columns * (place % channels);
          const scaled = multiply(theta[at], multiply(centred[i], inverse));
          result[place] = isRootMeanSquare ? scaled : add(scaled, theta[at + 1]);
        }
      }
    }
    return result;
  };
}

/** The same over runs of `features`. */
export function layerNormStep(offset: number, features: number, epsilon: number): Step {
  return normalizationStep(offset, { channels: features, epsilon });
}

/** Where multi-head attention has its parameters, and its sizes. */
export interface AttentionShape {
  readonly offset: number;
  readonly features: number;
  readonly heads: number;
  readonly isCausal: boolean;
}

/** out_proj(softmax(q kᵀ / √d) v), [q | k | v] = in_proj(x) at every step, in each head; both with biases. */
export function attentionStep({ offset, features, heads, isCausal }: AttentionShape): Step {
  const project = denseStep(offset, 3 * features);
  const join = denseStep(offset + 3 * features * (features + 1), features);
  const width = features / heads, scale = constant(1 / Math.sqrt(width));
  const dot = (a: HyperDual[], b: HyperDual[]): HyperDual =>
    sum(a.map((x, i) => multiply(x, b[i])));
  return (x, theta, sample) => {
    const steps = Array.from(
      { length: x.length / features },
      (_, t) => project(x.slice(t * features, (t + 1) * features), theta, sample),
    );
    const part = (t: number, kind: number, head: number): HyperDual[] => {
      const from = kind * features + head * width;
      return steps[t].slice(from, from + width);
    };
    return steps.flatMap((_, t) => {
      const seen = Array.from({ length: isCausal ? t + 1 : steps.length }, (_, s) => s);
      const heard = Array.from({ length: heads }, (_, head) => {
        const scores = seen.map((s) => multiply(scale, dot(part(t, 0, head), part(s, 1, head))));
        const logSum = log(sum(scores.map(exp)));
        const weights = scores.map((score) => exp(subtract(score, logSum)));
        return Array.from(
          { length: width },
          (_, j) => sum(seen.map((s) => multiply(weights[s], part(s, 2, head)[j]))),
        );
      });
      return join(heard.flat(), theta, sample);
    });
  };
}

const through = (steps: readonly Step[]): Step => (x, theta, sample) =>
  steps.reduce((y, step) => step(y, theta, sample), x);

/** y = [f(x); g(x); …], each branch steps one after the other. */
export function joinStep(...branches: readonly (readonly Step[])[]): Step {
  return (x, theta, sample) => branches.flatMap((branch) => through(branch)(x, theta, sample));
}

/** y = f(x) + x. */
export function shortcutStep(...branch: readonly Step[]): Step {
  return (x, theta, sample) => through(branch)(x, theta, sample).map((y, i) => add(y, x[i]));
}

/** y = tanh x. */
export const tanhStep: Step = (x) => x.map(tanh);

/** A loss of the outputs of a sample. */
export type SmallLoss = (z: readonly HyperDual[], y: readonly number[]) => HyperDual;

/** ½‖z - y‖². */
export const halfSquares: SmallLoss = (z, y) =>
  sum(z.map((a, i) => {
    const r = subtract(a, constant(y[i]));
    return multiply(constant(0.5), multiply(r, r));
  }));

/** -Σ y ln softmax(z). */
export const softmaxLoss: SmallLoss = (z, y) => {
  const logSum = log(sum(z.map(exp)));
  return sum(z.map((a, i) => multiply(constant(y[i]), subtract(logSum, a))));
};

/** A network on a batch at parameters θ. */
export class SmallNet {
  readonly #steps: readonly Step[];
  readonly #loss: SmallLoss;
  readonly #theta: readonly number[];
  readonly #x: Rows;
  readonly #y: Rows;

  constructor(
    steps: readonly Step[],
    loss: SmallLoss,
    theta: ArrayLike<number>,
    x: Rows,
    y: Rows,
  ) {
    this.#steps = steps;
    this.#loss = loss;
    this.#theta = Array.from(theta);
    this.#x = x;
    this.#y = y;
  }

  /** Outputs of every sample for θ + u e1 + v e2. */
  outputs(u: readonly number[] = [], v: readonly number[] = []): HyperDual[][] {
    const theta = this.#theta.map((t, i): HyperDual => [t, u[i] ?? 0, v[i] ?? 0, 0]);
    return this.#x.map((row, n) => through(this.#steps)(row.map(constant), theta, n));
  }

  /** The loss of every sample. */
  losses(u: readonly number[] = [], v: readonly number[] = []): HyperDual[] {
    return this.outputs(u, v).map((z, n) => this.#loss(z, this.#y[n]));
  }

  /** The mean loss. */
  get loss(): number {
    return sum(this.losses())[0] / this.#x.length;
  }

  /** Gradients of the samples' own losses, a row each. */
  get sampleGradients(): Rows {
    const columns = this.#units().map((unit) => this.losses(unit).map(([, first]) => first));
    return this.#x.map((_, n) => columns.map((column) => column[n]));
  }

  /** J of every sample, (outputs, P) each. */
  get jacobians(): Rows[] {
    const columns = this.#units().map((unit) =>
      this.outputs(unit).map((z) => z.map(([, first]) => first))
    );
    return this.#x.map((_, n) =>
      columns[0][n].map((_, k) => columns.map((column) => column[n][k]))
    );
  }

  /** The Hessian of the mean loss times v. */
  hessianProduct(v: readonly number[]): number[] {
    return this.#units().map((unit) => sum(this.losses(unit, v))[3] / this.#x.length);
  }

  /** (1/B) Σ Jᵀ H J, H by hyper-dual numbers too. */
  get gaussNewton(): Rows {
    const size = this.#theta.length;
    const total = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    const outputs = this.outputs();
    for (const [n, j] of this.jacobians.entries()) {
      for (const [a, rowA] of j.entries()) {
        for (const [b, rowB] of j.entries()) {
          const z = outputs[n].map(([value], k): HyperDual => [value, +(k === a), +(k === b), 0]);
          const h = this.#loss(z, this.#y[n])[3] / this.#x.length;
          for (let p = 0; p < size; p++) {
            for (let q = 0; q < size; q++) total[p][q] += rowA[p] * h * rowB[q];
          }
        }
      }
    }
    return total;
  }

  #units(): number[][] {
    return this.#theta.map((_, i) => this.#theta.map((_, j) => i === j ? 1 : 0));
  }
}

// One affine site of K-BFGS: its two inverse factors with what keeps them up to date.
import { diagonalOf, fillEvery } from "../../ops/strided.ts";
import { CompactInverse } from "./compact_inverse.ts";
import { DenseInverse } from "./dense_inverse.ts";
import type { InverseFactor } from "./inverse_factor.ts";
import type { Site } from "../../nn/linearization.ts";
import { fill } from "../../ops/vector.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { OptimizerState } from "../optimizer.ts";

/** What a site of K-BFGS remembers, and its working memory. */
export interface KBfgsSite {
  /** H_a ≈ (A + λ_A I)^-1, on the input side. */
  readonly inputInverse: DenseInverse;
  /** H_g ≈ (G + λ_G I)^-1, on the output side: dense, or its last p pairs. */
  readonly outputInverse: InverseFactor;
  /** The moving average of A; absent when each step uses its own mini-batch only. */
  readonly inputFactor: Tensor | undefined;
  /** The moving averages of s and y. */
  readonly s: Tensor;
  /** The moving average of y. */
  readonly y: Tensor;
  /** Working memory, rows of D: mean input, s_a, y_a. */
  readonly inputWork: readonly [mean: Tensor, s: Tensor, y: Tensor];
  /** Working memory, rows of O: means of Z and G before, their changes, damped s and y, H y. */
  readonly outputWork: OutputWork;
}

/** Working vectors on the output side of a site (O each). */
export interface OutputWork {
  readonly outputsBefore: Tensor;
  readonly gradientsBefore: Tensor;
  readonly outputsChange: Tensor;
  readonly gradientsChange: Tensor;
  readonly s: Tensor;
  readonly y: Tensor;
  readonly q: Tensor;
}

/** Which parts a site has. */
export interface KBfgsSiteOptions {
  /** Pairs of the limited-memory form; undefined for the dense form. */
  readonly memory: number | undefined;
  /** Keeps the moving average of A. */
  readonly keepsFactor: boolean;
}

function identity(t: Tensor): Tensor {
  return fillEvery(fill(t, 0), diagonalOf(t.shape[0]), 1);
}

/** Allocates one site: H_g = I, everything else 0. */
export function makeKBfgsSite(
  state: OptimizerState,
  { name, weight: { shape: [outputs, inputs] } }: Site,
  { memory, keepsFactor }: KBfgsSiteOptions,
): KBfgsSite {
  const remember = (part: string, shape: number[]): Tensor =>
    state.remember(`${name}.${part}`, shape);
  const vector = (size: number): Tensor => state.workspace([size]);
  const outputInverse = memory === undefined
    ? new DenseInverse(identity(remember("outputInverse", [outputs, outputs])), vector(outputs))
    : makeCompact(state, name, outputs, inputs, memory);
  return {
    inputInverse: new DenseInverse(remember("inputInverse", [inputs, inputs]), vector(inputs)),
    outputInverse,
    inputFactor: keepsFactor ? remember("inputFactor", [inputs, inputs]) : undefined,
    s: remember("s", [outputs]),
    y: remember("y", [outputs]),
    inputWork: [vector(inputs), vector(inputs), vector(inputs)],
    outputWork: {
      outputsBefore: vector(outputs),
      gradientsBefore: vector(outputs),
      outputsChange: vector(outputs),
      gradientsChange: vector(outputs),
      s: vector(outputs),
      y: vector(outputs),
      q: vector(outputs),
    },
  };
}

function makeCompact(
  state: OptimizerState,
  name: string,
  outputs: number,
  inputs: number,
  memory: number,
): CompactInverse {
  const remember = (part: string, shape: number[]): Tensor =>
    state.remember(`${name}.${part}`, shape, "float64");
  const inverse = new CompactInverse({
    pairs: state.remember(`${name}.pairs`, [2 * memory, outputs]),
    inverseR: remember("inverseR", [memory, memory]),
    gramY: remember("gramY", [memory, memory]),
    products: remember("products", [memory]),
    kernel: state.workspace([2 * memory, 2 * memory]),
    workspace: state.workspace([4 * memory * inputs]),
  });
  state.deriveBy(() => inverse.reload());
  return inverse;
}

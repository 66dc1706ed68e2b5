// One layer by itself, bound to an input and weights of the test's choice.
import type { DType, Layer, Tensor } from "../../mod.ts";
import { BufferPool } from "../../src/nn/pass/buffer_pool.ts";
import type { BoundLayer, ReverseSweep, TangentSweep } from "../../src/nn/layers/layer.ts";

/** What a layer is bound to. */
export interface LayerCase {
  readonly layer: Layer;
  readonly dtype: DType;
  /** Shape of the input, (B, …). */
  readonly shape: readonly number[];
}

/** A layer with its input and weights, all zero at first, and its sweeps. */
export class LayerProbe {
  readonly input: Tensor;
  readonly weights: readonly Tensor[];
  readonly bound: BoundLayer;
  readonly reverse: ReverseSweep;
  readonly inputTangent: Tensor;
  readonly weightTangents: readonly Tensor[];
  readonly tangent: TangentSweep;
  readonly #pool: BufferPool;

  constructor({ layer, dtype, shape }: LayerCase) {
    this.#pool = new BufferPool(dtype);
    const own = this.#pool.plan();
    const buffer = (shape: readonly number[]): Tensor => {
      const tensor = own(shape);
      tensor.data.fill(NaN);
      return tensor;
    };
    const descriptions = layer.sites(shape.slice(1));
    const weightsLike = (): Tensor[] =>
      descriptions.map(({ outputs, inputs }) => buffer([outputs, inputs]));
    this.input = buffer(shape);
    this.weights = weightsLike();
    const claimKey = () => () => undefined;
    const lengthOf = () => undefined;
    const { input, weights } = this;
    this.bound = layer.bind({
      dtype,
      input,
      weights,
      state: [],
      buffer,
      claimKey,
      isTraining: () => true,
      lengthOf,
      hiddenDamping: () => undefined,
    });
    this.reverse = this.bound.reverse({
      outputCotangent: buffer(this.bound.output.shape),
      needsInput: true,
      keepsOutput: true,
      wanted: descriptions.map(() => true),
      buffer,
    });
    this.inputTangent = buffer(shape);
    this.weightTangents = weightsLike();
    const { inputTangent, weightTangents } = this;
    this.tangent = this.bound.tangent({ inputTangent, weightTangents, buffer });
  }

  /** The layer's output for an input. */
  forward(x: ArrayLike<number>, weights: readonly ArrayLike<number>[] = []): Tensor {
    this.input.data.set(x);
    for (const [i, weight] of weights.entries()) this.weights[i].data.set(weight);
    this.bound.forward();
    return this.bound.output;
  }

  /** The tangent of the output for one of the input and of the weights. */
  push(t: ArrayLike<number>, weights: readonly ArrayLike<number>[] = []): Tensor {
    this.inputTangent.data.set(t);
    for (const [i, weight] of weights.entries()) this.weightTangents[i].data.set(weight);
    this.tangent.run();
    return this.tangent.outputTangent!;
  }

  /** The cotangent of the input for one of the output. */
  pull(u: ArrayLike<number>): Tensor {
    this.reverse.outputCotangent.data.set(u);
    this.reverse.run();
    return this.reverse.inputCotangent!;
  }

  [Symbol.dispose](): void {
    this.#pool.dispose();
  }
}

/** Whole numbers of -4 to 3, of which sums and products are exact. */
export function smallIntegers(seed: number, size: number): number[] {
  let state = seed;
  return Array.from({ length: size }, () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return (state >>> 24) % 8 - 4;
  });
}

/** The sum of products. */
export function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Zeros, for weights that do not move. */
export function still(tensor: Tensor): Float64Array {
  return new Float64Array(tensor.size);
}

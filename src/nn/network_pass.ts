// All buffers of a network for one batch size, and the sweeps through them.
import type { DType } from "../runtime/dtype.ts";
import { type Resource, Scope } from "../runtime/scope.ts";
import type { Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { BoundLayer, Layer, Own, ReverseSweep, SiteValues } from "./layer.ts";

/** What a pass needs of its model. */
export interface Network {
  readonly dtype: DType;
  readonly input: Shape;
  readonly layers: readonly Layer[];
  /** The matrices W of each layer's sites. */
  readonly weights: readonly (readonly Tensor[])[];
}

/** A planned reverse sweep through the network. */
export interface ReversePass {
  /** Cotangent of the network's output: write it, then run. Running may overwrite it. */
  readonly outputCotangent: Tensor;
  /** Cotangents of all sites' outputs, in the order of the sites. */
  readonly siteCotangents: readonly Tensor[];
  /** Fills them. */
  run(): void;
}

/** A planned forward-mode sweep through the network. */
export interface TangentPass {
  /** Tangent of the parameters (P): write it, then run. */
  readonly parameterTangent: Tensor;
  /** Tangent of the output (B, …). */
  readonly outputTangent: Tensor;
  /** Fills it. */
  run(): void;
}

/** The network bound to a batch size. */
export class NetworkPass implements Resource {
  /** The network's input (B, …): write it, then run `forward()`. */
  readonly input: Tensor;
  /** Sites with their forward quantities, in the order of the parameters. */
  readonly sites: readonly SiteValues[];
  readonly #scope = new Scope();
  readonly #own: Own = (resource) => this.#scope.own(resource);
  readonly #layers: BoundLayer[] = [];
  readonly #network: Network;
  #gradientPass: ReversePass | undefined;
  #scratchPass: ReversePass | undefined;
  #tangentPass: TangentPass | undefined;

  /** Plans the forward buffers; nothing stays allocated when memory does not suffice. */
  constructor(network: Network, batchSize: number) {
    this.#network = network;
    const { dtype, layers, weights } = network;
    try {
      this.input = this.#own(new Tensor(dtype, [batchSize, ...network.input]));
      let input = this.input;
      for (const [i, layer] of layers.entries()) {
        const bound = layer.bind({ dtype, input, weights: weights[i], own: this.#own });
        this.#layers.push(bound);
        input = bound.output;
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.sites = this.#layers.flatMap((layer) => layer.sites);
  }

  /** The network's output (B, …). */
  get output(): Tensor {
    return this.#layers.at(-1)?.output ?? this.input;
  }

  /** Fills every output from the input. */
  forward(): void {
    for (const layer of this.#layers) layer.forward();
  }

  /** The reverse sweep whose cotangents stay those of the loss. */
  get gradientPass(): ReversePass {
    return this.#gradientPass ??= this.#planReverse();
  }

  /** A second reverse sweep, for any other cotangent. */
  get scratchPass(): ReversePass {
    return this.#scratchPass ??= this.#planReverse();
  }

  /** The forward-mode sweep. */
  get tangentPass(): TangentPass {
    return this.#tangentPass ??= this.#planTangent();
  }

  /** Gives every buffer back. */
  dispose(): void {
    this.#scope.dispose();
  }

  #planReverse(): ReversePass {
    const layers = this.#layers;
    const first = layers.findIndex((layer) => layer.sites.length > 0);
    const outputCotangent = this.#own(new Tensor(this.#network.dtype, this.output.shape));
    const sweeps: ReverseSweep[] = [];
    let cotangent: Tensor | undefined = outputCotangent;
    for (let i = layers.length - 1; i >= 0 && cotangent; i--) {
      const needsInput = i > first && first >= 0;
      const sweep = layers[i].reverse({ outputCotangent: cotangent, needsInput, own: this.#own });
      sweeps.push(sweep);
      cotangent = needsInput ? sweep.inputCotangent : undefined;
    }
    return {
      outputCotangent,
      siteCotangents: sweeps.toReversed().flatMap((sweep) => sweep.siteCotangents),
      run: () => {
        for (const sweep of sweeps) sweep.run();
      },
    };
  }

  #planTangent(): TangentPass {
    const { dtype, weights } = this.#network;
    const size = weights.flat().reduce((total, weight) => total + weight.size, 0);
    const parameterTangent = this.#own(new Tensor(dtype, [size]));
    const sweeps: { run(): void }[] = [];
    let tangent: Tensor | undefined;
    let offset = 0;
    for (const [i, layer] of this.#layers.entries()) {
      const weightTangents = weights[i].map((weight) => {
        const view = parameterTangent.view(weight.shape, offset);
        offset += weight.size;
        return view;
      });
      const sweep = layer.tangent({ inputTangent: tangent, weightTangents, own: this.#own });
      sweeps.push(sweep);
      tangent = sweep.outputTangent;
    }
    const outputTangent = tangent ?? this.#own(new Tensor(dtype, this.output.shape));
    if (!tangent) outputTangent.data.fill(0);
    const run = (): void => {
      for (const sweep of sweeps) sweep.run();
    };
    return { parameterTangent, outputTangent, run };
  }
}

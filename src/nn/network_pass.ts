// All buffers of a network for one batch size, and the sweeps through them.
//
// A block is a set of sites. A sweep for a block moves or collects only their parameters: forward mode
// starts at the block's first layer with no tangent from below, reverse mode stops there, so that the
// product is exactly the block's rows and columns of the full one.
import type { DType } from "../runtime/dtype.ts";
import type { Resource } from "../runtime/scope.ts";
import type { Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { BufferPool } from "./buffer_pool.ts";
import type {
  BoundLayer,
  Layer,
  ReverseSweep,
  SiteTangents,
  SiteValues,
  TangentSweep,
} from "./layer.ts";

/** What a pass needs of its model. */
export interface Network {
  readonly dtype: DType;
  readonly input: Shape;
  readonly layers: readonly Layer[];
  /** The matrices W of each layer's sites. */
  readonly weights: readonly (readonly Tensor[])[];
}

/** Numbers of sites, in ascending order. */
export type Block = readonly number[];

/** A planned reverse sweep through the network. */
export interface ReversePass {
  /** Cotangent of the network's output: write it, then run. Running may overwrite it. */
  readonly outputCotangent: Tensor;
  /** Cotangents of the sites' outputs by number of the site; absent below the block. */
  readonly siteCotangents: readonly Tensor[];
  /** Fills them. */
  run(): void;
}

/** A planned forward-mode sweep through the network. */
export interface TangentPass {
  /** Tangent of the parameters (P): write the block's part, then run. */
  readonly parameterTangent: Tensor;
  /** Tangent of the output (B, …). */
  readonly outputTangent: Tensor;
  /** Fills it. */
  run(): void;
}

/** A planned derivative of the loss's reverse sweep along a tangent. */
export interface SecondOrderPass {
  /** Cotangent of the output: write the gradient of the loss, then run `sweepBack()`, once. */
  readonly outputCotangent: Tensor;
  /** How it changes along the tangent: write it, then run. */
  readonly outputCotangentTangent: Tensor;
  /** Cotangents of the sites' outputs. */
  readonly siteCotangents: readonly Tensor[];
  /** How the sites' quantities change along the tangent. */
  readonly siteTangents: readonly SiteTangents[];
  /** Fills the cotangents. */
  sweepBack(): void;
  /** Fills the changes; the tangent pass over all sites must have run. */
  run(): void;
}

type Kind = "forward" | "gradient" | "scratch" | "tangent" | "secondOrder";
type LayerTangent = { input: Tensor | undefined; weights: readonly (Tensor | undefined)[] };
interface PlannedTangent extends TangentPass {
  readonly layers: readonly LayerTangent[];
}

/** The network bound to a batch size. */
export class NetworkPass implements Resource {
  /** The network's input (B, …): write it, then run `forward()`. */
  readonly input: Tensor;
  /** Sites with their forward quantities, in the order of the parameters. */
  readonly sites: readonly SiteValues[];
  readonly #network: Network;
  readonly #layers: BoundLayer[] = [];
  readonly #pools: Map<Kind, BufferPool> = new Map();
  readonly #reversePasses: Map<string, ReversePass> = new Map();
  readonly #tangentPasses: Map<string, PlannedTangent> = new Map();
  #gradientPass: ReversePass | undefined;
  #secondOrderPass: SecondOrderPass | undefined;

  /** Plans the forward buffers; nothing stays allocated when memory does not suffice. */
  constructor(network: Network, batchSize: number) {
    const { dtype, layers, weights } = network;
    this.#network = network;
    try {
      const pool = this.#pool("forward");
      this.input = pool.of(-1)([batchSize, ...network.input]);
      for (const [i, layer] of layers.entries()) {
        const context = { dtype, input: this.output, weights: weights[i], buffer: pool.of(i) };
        this.#layers.push(layer.bind(context));
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

  /** The block of all sites. */
  get allSites(): Block {
    return this.sites.map((_, i) => i);
  }

  /** Fills every output from the input. */
  forward(): void {
    for (const layer of this.#layers) layer.forward();
  }

  /** The reverse sweep whose cotangents stay those of the loss. */
  get gradientPass(): ReversePass {
    return this.#gradientPass ??= this.#planReverse(this.allSites, "gradient");
  }

  /** The reverse sweep for any cotangent; the next one of any block overwrites its results. */
  reversePass(block: Block = this.allSites): ReversePass {
    return this.#planned(this.#reversePasses, block, () => this.#planReverse(block, "scratch"));
  }

  /** The forward-mode sweep; the next one of any block overwrites its results. */
  tangentPass(block: Block = this.allSites): TangentPass {
    return this.#planned(this.#tangentPasses, block, () => this.#planTangent(block));
  }

  /** The derivative of the loss's reverse sweep along the tangent of all sites. */
  get secondOrderPass(): SecondOrderPass {
    return this.#secondOrderPass ??= this.#planSecondOrder();
  }

  /** Gives every buffer back. */
  dispose(): void {
    for (const pool of this.#pools.values()) pool.dispose();
  }

  #pool(kind: Kind): BufferPool {
    const pool = this.#pools.get(kind) ?? new BufferPool(this.#network.dtype);
    this.#pools.set(kind, pool);
    return pool;
  }

  #planned<T>(plans: Map<string, T>, block: Block, plan: () => T): T {
    const key = block.join();
    const found = plans.get(key) ?? plan();
    plans.set(key, found);
    return found;
  }

  /** The first layer that holds a site of the block; beyond the last layer for an empty block. */
  #firstLayer(block: Block): number {
    let site = 0;
    for (const [i, layer] of this.#layers.entries()) {
      site += layer.sites.length;
      if (block.length > 0 && block[0] < site) return i;
    }
    return this.#layers.length;
  }

  /** Reverse sweeps of the layers from the last down to `first`, in that order. */
  #reverseSweeps(
    first: number,
    start: Tensor,
    pool: BufferPool,
    keepsOutput: boolean,
  ): { sweep: ReverseSweep; outputCotangent: Tensor; layer: number }[] {
    const sweeps = [];
    let cotangent: Tensor | undefined = start;
    for (let i = this.#layers.length - 1; i >= first && cotangent; i--) {
      const buffer = pool.of(i);
      const outputCotangent: Tensor = cotangent;
      const needsInput = i > first;
      const context = { outputCotangent, needsInput, keepsOutput, buffer };
      const sweep: ReverseSweep = this.#layers[i].reverse(context);
      sweeps.push({ sweep, outputCotangent, layer: i });
      cotangent = sweep.inputCotangent;
    }
    return sweeps;
  }

  /** Results by number of the site, of layers given from the last down. */
  #bySite<T>(results: readonly (readonly T[])[]): T[] {
    const found = results.toReversed().flat();
    return [...new Array<T>(this.sites.length - found.length), ...found];
  }

  #planReverse(block: Block, kind: Kind): ReversePass {
    const pool = this.#pool(kind);
    const outputCotangent = pool.of(-1)(this.output.shape);
    const planned = this.#reverseSweeps(this.#firstLayer(block), outputCotangent, pool, false);
    const sweeps = planned.map(({ sweep }) => sweep);
    const siteCotangents = this.#bySite(sweeps.map((sweep) => sweep.siteCotangents));
    return { outputCotangent, siteCotangents, run: () => runAll(sweeps) };
  }

  #planTangent(block: Block): PlannedTangent {
    const { weights } = this.#network;
    const pool = this.#pool("tangent");
    const ends = pool.of(-1);
    const size = weights.flat().reduce((total, weight) => total + weight.size, 0);
    const parameterTangent = ends([size]);
    const layers: LayerTangent[] = [];
    const sweeps: TangentSweep[] = [];
    let input: Tensor | undefined;
    let [site, offset] = [0, 0];
    for (const [i, layer] of this.#layers.entries()) {
      const weightTangents = weights[i].map((weight) => {
        const view = parameterTangent.view(weight.shape, offset);
        offset += weight.size;
        return block.includes(site++) ? view : undefined;
      });
      const sweep = layer.tangent({ inputTangent: input, weightTangents, buffer: pool.of(i) });
      layers.push({ input, weights: weightTangents });
      sweeps.push(sweep);
      input = sweep.outputTangent;
    }
    const outputTangent = input ?? ends(this.output.shape);
    if (!input) outputTangent.data.fill(0);
    return { parameterTangent, outputTangent, layers, run: () => runAll(sweeps) };
  }

  #planSecondOrder(): SecondOrderPass {
    const pool = this.#pool("secondOrder");
    const ends = pool.of(-1);
    const outputCotangent = ends(this.output.shape);
    const outputCotangentTangent = ends(this.output.shape);
    const { layers: tangents } = this.#planned(
      this.#tangentPasses,
      this.allSites,
      () => this.#planTangent(this.allSites),
    );
    const first = this.#firstLayer(this.allSites);
    // The two kinds of sweep take their buffers from separate counters of one pool.
    const planned = this.#reverseSweeps(first, outputCotangent, this.#pool("secondOrder"), true);
    let change: Tensor | undefined = outputCotangentTangent;
    const sweeps = planned.map(({ outputCotangent, layer }) => {
      const { input: inputTangent, weights: weightTangents } = tangents[layer];
      const needsInput = layer > first;
      const sweep = this.#layers[layer].secondOrder({
        outputCotangent,
        outputCotangentTangent: change!,
        inputTangent,
        weightTangents,
        needsInput,
        buffer: pool.of(this.#layers.length + layer),
      });
      change = sweep.inputCotangentTangent;
      return sweep;
    });
    return {
      outputCotangent,
      outputCotangentTangent,
      siteCotangents: this.#bySite(planned.map(({ sweep }) => sweep.siteCotangents)),
      siteTangents: this.#bySite(sweeps.map((sweep) => sweep.sites)),
      sweepBack: () => runAll(planned.map(({ sweep }) => sweep)),
      run: () => runAll(sweeps),
    };
  }
}

function runAll(sweeps: readonly { run(): void }[]): void {
  for (const sweep of sweeps) sweep.run();
}

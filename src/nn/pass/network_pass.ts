// A network with all buffers for one batch size, and the sweeps through it.
//
// A block is a set of sites. A sweep for a block moves or collects only their parameters: forward mode
// starts at the block's first layer with no tangent from below, reverse mode stops there, so that the
// product is exactly the block's rows and columns of the full one.
import { checkWhole, describe } from "../../runtime/arguments.ts";
import type { DType } from "../../runtime/dtype.ts";
import type { Resource } from "../../runtime/scope.ts";
import { sameShape, type Shape } from "../../tensor/shape.ts";
import { type RandomKey, randomKey } from "../../tensor/random.ts";
import { type Matrix, matrix } from "../../ops/matrix.ts";
import { copy } from "../../ops/vector.ts";
import { lend, type Tensor } from "../../tensor/tensor.ts";
import { BufferPool } from "./buffer_pool.ts";
import { HiddenStates } from "./hidden_states.ts";
import { Packing, type StepPlan } from "./packing.ts";
import type { BoundLayer, KeySource, Layer, Link, TangentSweep } from "../layers/layer.ts";
import type { ModelState } from "./model_state.ts";
import type { SiteTangents, SiteValues } from "../sites/site.ts";
import { type Block, blockKey, SiteBlock } from "../sites/site_block.ts";
import type { Site, SiteUse } from "../sites/site_layout.ts";

export type { Block } from "../sites/site_block.ts";

/** Streams between those of two layers that draw: more than there are purposes. */
const STREAMS_PER_LAYER = 65536;
/** Streams that a seed has: 2^32. */
const STREAM_COUNT = 4294967296;

/** What a pass needs of its model. */
export interface Network {
  /** Element type of parameters and activations. */
  readonly dtype: DType;
  /** Shape of one input sample. */
  readonly input: Shape;
  /** The whole network as one layer. */
  readonly layer: Layer;
  /** The uses of its sites, in the order of the layers. */
  readonly uses: readonly SiteUse[];
  /** The sites, in the order of their parameters. */
  readonly sites: readonly Site[];
  /** What the layers keep, in the order of the layers. */
  readonly state: ModelState;
}

/** What kind of batch goes forward. */
export interface ForwardMode {
  /** What layers that draw do so from; they draw nothing without one. */
  readonly key?: RandomKey | undefined;
  /** Number of the first sample. */
  readonly firstSample?: number | undefined;
  /** True in training, false in prediction. */
  readonly isTraining: boolean;
}

const PREDICTION: ForwardMode = Object.freeze({ isTraining: false });

/** Refuses what is not a block of a network with `count` sites. */
export function checkBlock(action: string, block: unknown, count: number): asserts block is Block {
  if (!Array.isArray(block)) {
    throw new TypeError(
      `Cannot ${action}: the block must be an array of sites, not ${describe(block)}`,
    );
  }
  let least = 0;
  for (const site of block) {
    least = checkWhole(action, "each site of the block", site, least, count - 1) + 1;
  }
}

/** A planned reverse sweep through the network. */
export interface ReversePass {
  /** Cotangent of the network's output: write it, then run. Running may overwrite it. */
  readonly outputCotangent: Tensor;
  /** Cotangents of the outputs of every use; holes below the block. */
  readonly siteCotangents: readonly Tensor[];
  /** Fills them. */
  run(): void;
}

/** A planned forward-mode sweep through the network. */
export interface TangentPass {
  /** Tangent of the block's parameters (P_b): write it, then run. */
  readonly parameterTangent: Tensor;
  /** Tangent of the output (B, …). */
  readonly outputTangent: Tensor;
  /** The sweep itself. */
  readonly sweep: TangentSweep;
}

/** A planned derivative of the loss's reverse sweep along a tangent of a block's parameters. */
export interface SecondOrderPass {
  /** Reverse sweep of the loss that keeps its cotangents: write its start, then run it, once. */
  readonly reverse: ReversePass;
  /** How the cotangent of the output changes along the tangent: write it, then run. */
  readonly outputCotangentTangent: Tensor;
  /** How the quantities of every use change along the tangent; holes below the block. */
  readonly siteTangents: readonly SiteTangents[];
  /** Fills them; the tangent pass of the block must have run. */
  run(): void;
}

type Kind = "forward" | "target" | "gradient" | "scratch" | "tangent" | "secondOrder";

/** The network bound to a batch size. */
export class NetworkPass implements Resource {
  /** The network's input (B, …): write it, then run `forward()`. */
  readonly input: Tensor;
  readonly #network: Network;
  readonly #bound: BoundLayer;
  readonly #pools: Map<Kind, BufferPool> = new Map();
  readonly #reversePasses: Map<string, ReversePass> = new Map();
  readonly #tangentPasses: Map<string, TangentPass> = new Map();
  #mode = PREDICTION;
  readonly #secondOrderPasses: Map<string, SecondOrderPass> = new Map();
  readonly #blocks: Map<string, SiteBlock> = new Map();
  #packing: Packing | undefined;
  #lengths: Packing | undefined;
  #target: Tensor | undefined;
  #keysClaimed = 0;
  #gradientPass: ReversePass | undefined;

  /** Plans the forward buffers; nothing stays allocated when memory does not suffice. */
  constructor(network: Network, batchSize: number) {
    const { dtype, layer, uses, state } = network;
    const weights = uses.map(({ weight }) => weight);
    this.#network = network;
    if (layer.hasHiddenStates) {
      this.hiddenStates = new HiddenStates((t) => this.#lengths?.clearPadding(t));
    }
    this.allSites = this.blockOf(network.sites.map((_, site) => site));
    try {
      const buffer = this.#pool("forward").plan();
      this.input = buffer([batchSize, ...network.input], "input");
      const claimKey = (): KeySource => this.#claimKey();
      const lengthOf = (sample: number): number | undefined => this.#lengths?.lengthOf(sample);
      this.#bound = layer.bind({
        dtype,
        input: this.input,
        weights,
        state: state.all,
        buffer,
        claimKey,
        isTraining: () => this.#mode.isTraining,
        lengthOf,
        hiddenDamping: () => this.hiddenStates?.damping,
      });
      this.#lend(
        this.output,
        ...this.uses.flatMap(({ inputs, outputs }) => [inputs.tensor, outputs]),
      );
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** The network's output (B, …). */
  get output(): Tensor {
    return this.#bound.output;
  }

  /** The forward quantities of every use, in the order of the layers. */
  get uses(): readonly SiteValues[] {
    return this.#bound.sites;
  }

  /** What follows each site, up to the next or to the output; undefined where several elements meet. */
  get links(): readonly (Link | undefined)[] {
    return this.#bound.links ?? [];
  }

  /** The hidden states of its layers, where one has some. */
  readonly hiddenStates: HiddenStates | undefined;

  /** The block of all sites. */
  readonly allSites: SiteBlock;

  /** The block of some sites, whose numbers were checked. */
  blockOf(sites: Block): SiteBlock {
    return planned(this.#blocks, sites.join(), () => new SiteBlock(this.#network.sites, sites));
  }

  /** The rows of A of a use that count: without padding. */
  inputRows(use: number): Matrix {
    const { inputs } = this.uses[use];
    const packing = this.#packingOf(use);
    return packing ? packing.packRows(inputs, `inputs ${use}`) : inputs;
  }

  /** The rows of a tensor (B T, O) of a use that count, Z or a cotangent, packed in a buffer of that name. */
  countedRows(use: number, rows: Tensor, name: string): Tensor {
    const packed = this.#packingOf(use)?.packRows(matrix(rows), `${name} ${use}`);
    return packed ? packed.tensor : rows;
  }

  /** The first row of a sample among the rows of a use that count. */
  firstRow(use: number, sample: number): number {
    const [batchSize] = this.input.shape;
    const each = this.uses[use].inputs.rows / batchSize;
    return this.#packingOf(use)?.firstStep(sample) ?? sample * each;
  }

  /** The valid steps of the batch, if it was given lengths. */
  get lengths(): Packing | undefined {
    return this.#lengths;
  }

  /** Takes the batch: copies the input, and sets its padding to zero where lengths, checked, are given. */
  take(input: Tensor, lengths: ArrayLike<number> | undefined, plan: StepPlan | undefined): void {
    copy(input, this.input);
    this.#lengths = undefined;
    if (!lengths || !plan) return;
    const [batchSize] = this.input.shape;
    this.#lengths = this.#packing ??= new Packing(this.#network.dtype, batchSize, plan);
    this.#lengths.setLengths(lengths);
    this.#lengths.clearPadding(this.input);
  }

  /** Copies the targets of the batch, and returns the copy. */
  takeTarget(target: Tensor): Tensor {
    if (!this.#target || !sameShape(this.#target.shape, target.shape)) {
      this.#target = this.#pool("target").plan()(target.shape, "target");
    }
    return copy(target, this.#target);
  }

  /** Fills every output from the input. */
  forward(mode: ForwardMode = PREDICTION): void {
    this.#mode = mode;
    this.#bound.forward();
    if (this.#lengths?.plan.isOutputStepwise) this.#lengths.clearPadding(this.output);
  }

  /** Prepares what the layers keep to become what it is after a step on the batch that went forward: in prediction, as it is. */
  prepareState(): void {
    const { state } = this.#network;
    if (state.all.length === 0) return;
    state.prepare(this.#mode.isTraining ? () => this.#bound.prepareState?.() : undefined);
  }

  /** The reverse sweep whose cotangents stay those of the loss. */
  get gradientPass(): ReversePass {
    return this.#gradientPass ??= this.#planReverse(this.allSites.sites, "gradient");
  }

  /** The reverse sweep for any cotangent; the next one of any block overwrites its results. */
  reversePass(block: SiteBlock): ReversePass {
    const plan = (): ReversePass => this.#planReverse(block.sites, "scratch");
    return planned(this.#reversePasses, blockKey(block), plan);
  }

  /** The forward-mode sweep; the next one of any block overwrites its results. */
  tangentPass(block: SiteBlock): TangentPass {
    return planned(this.#tangentPasses, blockKey(block), () => this.#planTangent(block));
  }

  /** The derivative of the loss's reverse sweep along the tangent of a block. */
  secondOrderPass(block: SiteBlock): SecondOrderPass {
    const plan = (): SecondOrderPass => this.#planSecondOrder(block);
    return planned(this.#secondOrderPasses, blockKey(block), plan);
  }

  /** Kernel memory of all buffers that were needed so far. */
  get bytes(): number {
    let bytes = this.#packing?.bytes ?? 0;
    for (const pool of this.#pools.values()) bytes += pool.bytes;
    return bytes;
  }

  /** Gives every buffer back. */
  dispose(): void {
    for (const pool of this.#pools.values()) pool.dispose();
    this.#packing?.dispose();
  }

  /** Keys of layers differ by their streams. */
  #claimKey(): KeySource {
    const distance = STREAMS_PER_LAYER * this.#keysClaimed++;
    return () => {
      const { key: given, firstSample = 0 } = this.#mode;
      if (!given) return undefined;
      const { seed, stream, index } = given;
      const key = randomKey(seed, (stream + distance) % STREAM_COUNT, index);
      return { key, firstSample };
    };
  }

  /** The packing of a use whose rows are steps of a batch with lengths. */
  #packingOf(use: number): Packing | undefined {
    return this.#lengths && use < this.#lengths.plan.stepwiseUses ? this.#lengths : undefined;
  }

  /** Views that layers made of buffers, which are shown to others, belong to the model as these do. */
  #lend(...shown: (Tensor | undefined)[]): void {
    for (const tensor of shown) if (tensor) lend(tensor, "a model");
  }

  #pool(kind: Kind): BufferPool {
    const pool = this.#pools.get(kind) ?? new BufferPool(this.#network.dtype);
    this.#pools.set(kind, pool);
    return pool;
  }

  #planReverse(block: Block, kind: Kind): ReturnType<BoundLayer["reverse"]> {
    const buffer = this.#pool(kind).plan();
    const sweep = this.#bound.reverse({
      outputCotangent: buffer(this.output.shape, "start"),
      needsInput: false,
      keepsOutput: kind === "secondOrder",
      wanted: this.#network.uses.map(({ site }) => block.includes(site)),
      buffer,
    });
    this.#lend(...sweep.siteCotangents);
    return sweep;
  }

  #planTangent(block: SiteBlock): TangentPass {
    const { sites, uses } = this.#network;
    const buffer = this.#pool("tangent").plan();
    const parameterTangent = buffer([block.size], "parameters");
    const weightTangents = uses.map(({ site }) => {
      if (!block.sites.includes(site)) return undefined;
      return parameterTangent.view(sites[site].weight.shape, block.offsetOf(site));
    });
    const sweep = this.#bound.tangent({ inputTangent: undefined, weightTangents, buffer });
    const outputTangent = sweep.outputTangent ?? buffer(this.output.shape, "zero");
    if (!sweep.outputTangent) outputTangent.data.fill(0);
    return { parameterTangent, outputTangent, sweep };
  }

  #planSecondOrder(block: SiteBlock): SecondOrderPass {
    const reverse = this.#planReverse(block.sites, "secondOrder");
    const buffer = this.#pool("secondOrder").plan();
    const outputCotangentTangent = buffer(this.output.shape, "change/start");
    const { sites, run } = this.#bound.secondOrder({
      reverse,
      tangent: this.tangentPass(block).sweep,
      outputCotangentTangent,
      needsInput: false,
      buffer: (shape, path = "") => buffer(shape, `change/${path}`),
    });
    return { reverse, outputCotangentTangent, siteTangents: sites, run };
  }
}

/** The plan for a block, made at first use. */
function planned<T>(plans: Map<string, T>, key: string, plan: () => T): T {
  const found = plans.get(key) ?? plan();
  plans.set(key, found);
  return found;
}

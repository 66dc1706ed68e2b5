import {
  checkBoolean,
  checkFunction,
  checkOptions,
  describe,
  namesOf,
} from "../runtime/arguments.ts";
import { checkDType, type DType } from "../runtime/dtype.ts";
import { DisposedError, NonFiniteError } from "../runtime/errors.ts";
import { DISPOSE, type Resource, Scope } from "../runtime/scope.ts";
import type { Matrix } from "../ops/matrix.ts";
import { copy, firstNonFinite } from "../ops/vector.ts";
import { randomKey, STREAMS } from "../tensor/random.ts";
import { filled } from "../tensor/result.ts";
import { checkShape, type Shape } from "../tensor/shape.ts";
import { lend, Tensor } from "../tensor/tensor.ts";
import { checkBatch } from "./batch.ts";
import { chain } from "./layers/chain.ts";
import type { Coupling } from "./layers/layer_state.ts";
import { initialize } from "./sites/initializers.ts";
import { checkIndexCount } from "./input_indices.ts";
import { lengthsFrom, ModelInput, type UnequalLengths } from "./model_input.ts";
import { checkIsLayer, type Layer } from "./layers/layer.ts";
import { checkSite, type SiteDescription } from "./sites/site.ts";
import { type Batch, Linearization } from "./linearization.ts";
import { checkIsLoss, type Loss } from "./losses/loss.ts";
import { checkCountsSteps, checkStepTarget, paddedLoss } from "./losses/padded.ts";
import { type KeptTensor, ModelState } from "./pass/model_state.ts";
import type { NetworkPass } from "./pass/network_pass.ts";
import { PassPool } from "./pass/pass_pool.ts";
import { layOut, parameterCountOf, type Site, type SiteUse } from "./sites/site_layout.ts";

/** Counters between the draws of two sites: none has so many weights. */
const KEYS_PER_SITE = 4294967296;

/** What a model needs to know of a batch besides its inputs. */
export interface PredictOptions {
  /** Valid time steps of each sequence, of (B, T, …). @default T */
  readonly lengths?: ArrayLike<number> | undefined;
}

/** What `visitInputs()` needs to know of a batch besides its inputs. */
export interface VisitOptions extends PredictOptions {
  /** Whether layers train or predict. @default false */
  readonly isTraining?: boolean | undefined;
}

const PREDICT_NAMES = namesOf<PredictOptions>({ lengths: true });
const VISIT_NAMES = namesOf<VisitOptions, PredictOptions>({ isTraining: true }, PREDICT_NAMES);

let hasPasses: (value: object) => boolean;

/** What `new Model` needs. */
export interface ModelOptions {
  /** Shape of one input sample. */
  readonly input: Shape;
  /** Element type of parameters and activations. */
  readonly dtype: DType;
  /** Seed of the initial weights. */
  readonly seed: number;
}

const MODEL_NAMES = namesOf<ModelOptions>({ input: true, dtype: true, seed: true });

/**
 * A network with its parameters: one flat vector θ, sites in layer order, each W = [weight | bias]
 * row-major.
 *
 * Make one with `sequential()`.
 */
export class Model implements Resource {
  /** Shape of one input sample. */
  readonly input: Shape;
  /** Shape of one output sample. */
  readonly output: Shape;
  /** Element type of parameters and activations. */
  readonly dtype: DType;
  /** Seed of the initial weights. */
  readonly seed: number;
  /** The layers, first to last. */
  readonly layers: readonly Layer[];
  /** All parameters θ (P), live. After writing to them call `parametersChanged()`. */
  readonly parameters: Tensor;
  /** The sites, in the order of their parameters. */
  readonly sites: readonly Site[];
  /** The uses of the sites, in the order of the layers; more than sites where layers are tied. */
  readonly uses: readonly SiteUse[];
  /** How samples meet in training; undefined where they do not. */
  readonly coupling: Coupling | undefined;
  readonly #state: ModelState;
  readonly #passes: PassPool;
  readonly #scope = new Scope();
  readonly #inputs: ModelInput;
  #version = 0;

  static {
    hasPasses = (value) => #passes in value;
  }

  /**
   * Lays out the parameters of the layers and initializes them.
   *
   * @throws {TypeError} when an option has the wrong type, or a layer does not suit the shape that reaches it.
   * @throws {RangeError} when a size or the seed is out of range.
   * @throws {NonFiniteError} when an initializer sets a weight that is not finite.
   * @throws {OutOfMemoryError} when the parameters do not fit in memory.
   */
  constructor(options: ModelOptions, layers: readonly Layer[]) {
    checkOptions("make a model", options, MODEL_NAMES);
    const { input, dtype, seed } = options;
    checkShape("make a model", input, "input");
    checkDType("make a model", dtype);
    randomKey(seed); // refuses what is no seed
    checkLayers(layers);
    this.input = Object.freeze([...input]);
    this.dtype = dtype;
    this.seed = seed;
    this.layers = Object.freeze([...layers]);
    const layer = chain(layers);
    checkIndexCount("make a model", layer.indexCount, dtype);
    this.output = layer.outputShape(this.input);
    const descriptions = layer.sites(this.input);
    for (const site of descriptions) checkSite("make a model", site);
    const coupling = this.coupling = layer.couplesSamples?.(this.input);
    this.#inputs = new ModelInput({
      shape: this.input,
      dtype,
      layers,
      indexCount: layer.indexCount,
      coupling,
    });
    const size = parameterCountOf(descriptions);
    this.parameters = lend(this.#scope.own(new Tensor(this.dtype, [size])), "a model");
    try {
      const layout = layOut(descriptions, this.parameters);
      this.sites = layout.sites;
      this.uses = layout.uses;
      const own = (made: Tensor): Tensor => lend(this.#scope.own(made), "a model");
      const state = this.#state = new ModelState(layer.state?.(this.input) ?? [], dtype, own);
      const { sites, uses } = this;
      const network = { dtype: this.dtype, input: this.input, layer, sites, uses, state };
      this.#passes = this.#scope.own(new PassPool(network));
      this.#initialize(layout.descriptions);
    } catch (error) {
      this.#scope.dispose();
      throw error;
    }
  }

  /** Number of parameters (P). */
  get parameterCount(): number {
    return this.parameters.size;
  }

  /**
   * What the layers keep besides parameters, as running statistics, live and in their order; none for most models. After
   * writing to it call `parametersChanged()`.
   */
  get state(): readonly KeptTensor[] {
    return this.#state.kept;
  }

  /** Counts the changes of the parameters; linearizations of an older count refuse to be used. */
  get version(): number {
    return this.#version;
  }

  /** Declares that the parameters, or what the layers keep, were written to. */
  parametersChanged(): void {
    this.#version++;
  }

  /** Makes what `lin.prepareState()` prepared, if anything, what the layers keep; a step that stands calls it once. */
  commitState(): void {
    if (this.#state.commit()) this.#version++;
  }

  /**
   * Applies the network to samples (B, …) and returns its outputs (B, …) in a new tensor.
   *
   * Outputs at the padding of sequences, (B, T, …) with lengths, are zero. Many samples go through the network in
   * parts, so that memory for its layers is bounded; no bit of a sample's output depends on the samples beside it.
   *
   * @throws {TypeError} when `input` is not a tensor, its shape or dtype do not suit the model, or lengths are given
   * as neither an array nor a typed array, or to a model in which time steps meet.
   * @throws {RangeError} when a length is not whole, below 1 or above T, or an input that must be an index is none.
   * @throws {DisposedError} when the input or the model was disposed.
   * @throws {NonFiniteError} when the input is not finite.
   * @throws {OutOfMemoryError} when memory refuses to grow.
   */
  predict(input: Tensor, options: PredictOptions = {}): Tensor {
    checkOptions("predict", options, PREDICT_NAMES);
    const unequal = this.#check("predict", input, options.lengths);
    const [batchSize] = input.shape;
    const output = new Tensor(this.dtype, [batchSize, ...this.output]);
    return filled(output, () => {
      const each = this.#passes.samplesInPart(batchSize);
      for (let first = 0; first < batchSize; first += each) {
        const count = Math.min(each, batchSize - first);
        const part = rowsFrom(input, first, count);
        const pass = this.#passWith(part, unequal && lengthsFrom(unequal, first, count));
        try {
          pass.forward();
          copy(pass.output, rowsFrom(output, first, count));
        } finally {
          this.#passes.put(pass);
        }
      }
    });
  }

  /** Runs the network forward and shows the sites' inputs A (B T, D), valid steps only, as long as it takes. */
  visitInputs(
    input: Tensor,
    visit: (inputs: readonly Matrix[]) => void,
    options: VisitOptions = {},
  ): void {
    const action = "run the model";
    checkFunction(action, "visit", visit);
    checkOptions(action, options, VISIT_NAMES);
    const { lengths, isTraining = false } = options;
    checkBoolean(action, "isTraining", isTraining);
    const unequal = this.#check(action, input, lengths);
    if (isTraining) this.#inputs.checkTraining(action, input);
    const pass = this.#passWith(input, unequal);
    try {
      pass.forward({ isTraining });
      const inputs = pass.uses.map((_, use) => pass.inputRows(use));
      visit(inputs.filter((_, use) => this.uses[use].isOwn));
    } finally {
      this.#passes.put(pass);
    }
  }

  /**
   * Evaluates a loss on a batch and keeps what its derivatives need. Layers that draw, as dropout, do so from the
   * batch's key: the same key gives the same draws.
   *
   * A batch with a key is one of training, unless `isTraining` says otherwise, and one without of prediction: layers as
   * `batchNorm()` then use the statistics of this batch, or their running ones, which no linearization changes.
   *
   * Inputs and targets are copied: what becomes of them afterwards changes nothing.
   *
   * Of sequences with lengths only valid steps count: what stands beyond them, in inputs and targets, changes
   * nothing, nor does how much of it there is. Lengths that are all T are as none.
   *
   * @throws {TypeError} when shapes or dtypes do not suit the model and the loss, or are no batch and no loss, or lengths are
   * given to a model in which time steps meet, or unequal ones to a loss of every step that is no sum over them, or a part
   * of a larger batch, by `firstSample`, in whose training samples meet.
   * @throws {DisposedError} when a tensor or the model was disposed.
   * @throws {RangeError} when a target has no meaning for the loss, a length is not whole, below 1 or above T, an input that
   * must be an index is none, or the batch has too few samples for a layer in which they meet.
   * @throws {NonFiniteError} when input, target, a parameter or the loss is not finite.
   * @throws {OutOfMemoryError} when memory refuses to grow.
   */
  linearize(loss: Loss, batch: Batch): Linearization {
    checkIsLoss("linearize", loss);
    const checked = checkBatch("linearize", batch);
    const { input, target, lengths } = checked;
    const unequal = this.#check("linearize", input, lengths);
    this.#inputs.checkDType("linearize", "target", target);
    const shape = [input.shape[0], ...this.output];
    if (unequal?.plan.isOutputStepwise) {
      checkCountsSteps(loss);
      checkStepTarget(loss, shape, target, unequal.lengths);
    } else loss.checkTarget(shape, target);
    const { isTraining, firstSample } = checked;
    if (isTraining) this.#inputs.checkTraining("linearize", input, firstSample);
    const pass = this.#passWith(input, unequal);
    const giveBack = (pass: NetworkPass): void => this.#passes.put(pass);
    try {
      const isPadded = pass.lengths?.plan.isOutputStepwise;
      const counted = isPadded ? paddedLoss(loss, pass.lengths) : loss;
      const held = pass.takeTarget(target);
      return new Linearization(this, pass, counted, held, giveBack, checked);
    } catch (error) {
      giveBack(pass);
      throw error;
    }
  }

  /** Gives parameters and buffers back; a second call does nothing. */
  dispose(): void {
    this.#scope.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }

  #initialize(descriptions: readonly SiteDescription[]): void {
    for (const [i, site] of descriptions.entries()) {
      const { initializer, hasBias, inputs, outputs, fanOut = outputs } = site;
      initialize(initializer, {
        weight: this.sites[i].weight,
        hasBias,
        fanIn: inputs - (hasBias ? 1 : 0),
        fanOut,
        key: randomKey(this.seed, STREAMS.parameters, i * KEYS_PER_SITE),
      });
      if (firstNonFinite(this.sites[i].weight) >= 0) {
        throw new NonFiniteError("make a model", `site "${this.sites[i].name}", initial weights`);
      }
    }
  }

  /** Refuses input or lengths that do not suit the model; gives lengths that are not as none. */
  #check(action: string, input: Tensor, lengths?: ArrayLike<number>): UnequalLengths | undefined {
    if (this.parameters.isDisposed) throw new DisposedError("a model");
    return this.#inputs.check(action, input, lengths);
  }

  /** A pass for the batch size of `input`, which is copied into it. */
  #passWith(input: Tensor, unequal: UnequalLengths | undefined): NetworkPass {
    const pass = this.#passes.take(input.shape[0]);
    try {
      pass.take(input, unequal?.lengths, unequal?.plan);
    } catch (error) {
      this.#passes.put(pass);
      throw error;
    }
    return pass;
  }
}

/** Refuses what is not a model, or one that was disposed. */
export function checkIsModel(action: string, value: unknown): asserts value is Model {
  if (typeof value !== "object" || value === null || !hasPasses(value)) {
    throw new TypeError(
      `Cannot ${action}: the model must be a Model, which sequential() makes, not ${
        describe(value)
      }`,
    );
  }
  if ((value as Model).parameters.isDisposed) throw new DisposedError("a model");
}

/** So many samples of a batch, from one on. */
function rowsFrom(batch: Tensor, first: number, count: number): Tensor {
  const { shape: [samples, ...sample], size } = batch;
  if (count === samples) return batch;
  return batch.view([count, ...sample], first * size / samples);
}

function checkLayers(layers: unknown): asserts layers is readonly Layer[] {
  if (!Array.isArray(layers)) {
    throw new TypeError(
      `Cannot make a model: the layers must be an array such as [dense(10), relu()], not ${
        describe(layers)
      }`,
    );
  }
  for (const [i, layer] of layers.entries()) checkIsLayer("make a model", `layer ${i + 1}`, layer);
}

// A network at its parameters on one batch: the loss, its derivatives, and the affine sites from which
// every curvature matrix is made.
import type { Span } from "../ops/face_splitting.ts";
import { copy, fill } from "../ops/vector.ts";
import { describe } from "../runtime/arguments.ts";
import { DisposedError, NonFiniteError } from "../runtime/errors.ts";
import { DISPOSE, type Resource } from "../runtime/scope.ts";
import { filled } from "../tensor/result.ts";
import type { Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { clearPadding, countedOutputs, outputCount } from "./pass/counted_outputs.ts";
import { culprit } from "./pass/culprit.ts";
import type { Link } from "./layers/layer.ts";
import {
  type AffineSite,
  affineSites,
  type LinearizedModel,
  ofOwnUses,
} from "./linearized_model.ts";
import {
  checkCotangent,
  checkElements,
  checkIndependent,
  checkResult,
  checkVector,
} from "./derivative_arguments.ts";
import type { Loss } from "./losses/loss.ts";
import type { HiddenStates } from "./pass/hidden_states.ts";
import { type Block, checkBlock, type ForwardMode, type NetworkPass } from "./pass/network_pass.ts";
import { SiteBlock, type SitePlaces } from "./sites/site_block.ts";
import { pullChange, pullToParameters } from "./pass/parameter_pull.ts";
import { type RowPlace, sampleRows } from "./pass/sample_rows.ts";
import type { Site } from "./sites/site_layout.ts";

export type { Batch } from "./batch.ts";
export type { AffineSite, LinearizedModel } from "./linearized_model.ts";
export type { Site } from "./sites/site_layout.ts";

let hasModel: (value: object) => boolean;

/**
 * One cached forward pass at the model's parameters on one batch.
 *
 * It borrows buffers of the model until it is disposed; tensors reached through it live as long.
 */
export class Linearization implements Resource {
  /** The mean over samples of the loss. */
  readonly loss: number;
  /** Samples in the batch (B). */
  readonly batchSize: number;
  readonly #model: LinearizedModel;
  readonly #lossFunction: Loss;
  readonly #target: Tensor;
  readonly #version: number;
  readonly #giveBack: (pass: NetworkPass) => void;
  readonly #isTraining: boolean;
  #pass: NetworkPass | undefined;
  #hasGradients = false;
  /** The block whose sweep last filled the cotangents that second-order sweeps read; blocks share their buffers. */
  #keptFor: SiteBlock | undefined;

  static {
    hasModel = (value) => #model in value;
  }

  /** Evaluates the loss of a pass whose input is set; takes the pass until disposed. */
  constructor(
    model: LinearizedModel,
    pass: NetworkPass,
    loss: Loss,
    target: Tensor,
    giveBack: (pass: NetworkPass) => void,
    mode: ForwardMode,
  ) {
    this.#model = model;
    this.#pass = pass;
    this.#lossFunction = loss;
    this.#target = target;
    this.#giveBack = giveBack;
    this.#version = model.version;
    this.batchSize = pass.input.shape[0];
    this.#isTraining = mode.isTraining;
    pass.forward(mode);
    this.loss = loss.evaluate(pass.output, target) / this.batchSize;
    if (!Number.isFinite(this.loss)) {
      throw new NonFiniteError("evaluate the loss", culprit(model, pass));
    }
  }

  /** Number of the model's parameters (P). */
  get parameterCount(): number {
    return this.#model.parameterCount;
  }

  /** The network's output z (B, …). */
  get output(): Tensor {
    return this.#current().output;
  }

  /** The targets of the batch. */
  get target(): Tensor {
    return this.#target;
  }

  /** Outputs and targets that count: at each step of sequences with lengths the valid ones, a row for each. */
  get counted(): { readonly output: Tensor; readonly target: Tensor } {
    return countedOutputs(this.#current(), this.#target);
  }

  /** The loss function. */
  get lossFunction(): Loss {
    return this.#lossFunction;
  }

  /** Outputs of the whole batch that count: those at the padding of sequences do not. */
  get outputCount(): number {
    return outputCount(this.#current());
  }

  /** The layer in which samples of this batch meet, as in training they do in `batchNorm()`; undefined where they do not. */
  get coupledBy(): string | undefined {
    return this.#isTraining ? this.#model.coupling?.layer : undefined;
  }

  /** The hidden states of the layers that have some, as `lstm()`; undefined where none has. */
  get hiddenStates(): HiddenStates | undefined {
    return this.#current().hiddenStates;
  }

  /** The model's sites, without what belongs to the linearization: unlike `sites` it needs no gradients. */
  get modelSites(): readonly Site[] {
    return this.#model.sites;
  }

  /** The sites, in the order of their parameters. */
  get sites(): readonly AffineSite[] {
    const pass = this.#current();
    this.#backpropagateLoss();
    return affineSites(this.#model, pass);
  }

  /**
   * What follows each use of a site, up to the next or to the output, as functions of single elements;
   * undefined where several elements meet, as in pooling, or the site is not all that its layer does.
   */
  get links(): readonly (Link | undefined)[] {
    return this.#current().links;
  }

  /**
   * The gradient of the mean loss (P): GᵀA / B at every affine site, summed over its uses.
   *
   * @param out Where to write the result. @default a new tensor
   * @throws {TypeError} when `out` does not suit the model.
   * @throws {OutOfMemoryError} when memory refuses to grow.
   */
  gradient(out?: Tensor): Tensor {
    const pass = this.#current();
    this.#checkOut("make a gradient", this.#model.parameters.shape, out);
    this.#backpropagateLoss();
    const { gradientPass: { siteCotangents }, allSites } = pass;
    return this.#result("pull back to the parameters", [this.parameterCount], out, (result) => {
      pullToParameters(this.#model, pass, allSites, siteCotangents, 1 / this.batchSize, result);
    });
  }

  /**
   * The gradients of the samples' own losses (B, P), a row each; their mean is `gradient()`.
   *
   * Memory: B P elements for the result and nothing besides; a batch whose gradients do not fit is refused with
   * their bytes before anything is computed. Cost: that of a gradient, in B times as many products.
   *
   * @param out Where to write the result. @default a new tensor
   * @throws {TypeError} when `out` does not suit the model and the batch, or samples meet in a layer (`coupledBy`).
   * @throws {OutOfMemoryError} when they do not fit in memory.
   */
  perSampleGradients(out?: Tensor): Tensor {
    const pass = this.#current();
    checkIndependent("make gradients of samples", this);
    const { parameterCount, parameters: { dtype } } = this.#model;
    const shape = [this.batchSize, parameterCount];
    checkElements(dtype, this.batchSize * parameterCount);
    return this.#result("make gradients of samples", shape, out, (result) => {
      this.#backpropagateLoss();
      const { siteCotangents } = pass.gradientPass;
      const rows = sampleRows(this.#model, pass, siteCotangents);
      rows({ first: 0, count: this.batchSize }, result, { offset: 0, stride: parameterCount });
    });
  }

  /**
   * J v (B, …): the change of the outputs along a direction v of the parameters.
   *
   * @param v A direction (P); of a block of a partition the block's own (P_b).
   * @param out Where to write the result. @default a new tensor
   * @param block The sites that move, by number or as a block of a partition; the others count as fixed. @default all
   * @throws {TypeError} when v or `out` does not suit the model.
   */
  jvp(v: Tensor, out?: Tensor, block?: Block | SiteBlock): Tensor {
    const { output } = this.#current();
    const { own, size } = this.#moving("multiply the Jacobian", block);
    return this.#result("multiply the Jacobian", output.shape, out, (result) => {
      copy(this.#pushForward("multiply the Jacobian", v, own, size), result);
    });
  }

  /**
   * Jᵀ u (P), summed over samples: the pull of output cotangents u (B, …) back to the parameters.
   *
   * @param out Where to write the result. @default a new tensor
   * @param block The sites to pull back to, by number: other elements of `out` stay as they are, those of a new tensor
   * are zero. For a block of a partition the result is the block's own (P_b). @default all
   * @throws {TypeError} when u or `out` does not suit the model.
   */
  vjp(u: Tensor, out?: Tensor, block?: Block | SiteBlock): Tensor {
    const pass = this.#current();
    const { own, places, size } = this.#moving("multiply the transposed Jacobian", block);
    this.#checkOut("multiply the transposed Jacobian", [size], out);
    const cotangents = this.#pullBack(u, own);
    return this.#result("pull back to the parameters", [size], out, (result) => {
      if (!out && block) fill(result, 0);
      pullToParameters(this.#model, pass, places, cotangents, 1, result);
    });
  }

  /**
   * Prepares Jᵀ u of every sample by itself, of which `vjp()` is the sum, by one reverse sweep.
   * The function that it returns writes the rows of a span of samples, (P) each, until the next sweep.
   *
   * @throws {TypeError} when u does not have the shape of the outputs, or samples meet in a layer (`coupledBy`).
   */
  vjpRows(u: Tensor): (span: Span, out: Tensor, place: RowPlace) => void {
    checkIndependent("pull samples back one by one", this);
    const pass = this.#current();
    return sampleRows(this.#model, pass, this.#pullBack(u, pass.allSites));
  }

  /**
   * The Hessian of the mean loss times a vector v (P), at about twice the cost of a gradient.
   *
   * @param out Where to write the result. @default a new tensor
   * @param block The sites whose rows and columns count, by number: other elements of `out` stay as they are, those of a
   * new tensor are zero. For a block of a partition v and the result are its own (P_b). @default all
   * @throws {TypeError} when v or `out` does not suit the model.
   */
  hvp(v: Tensor, out?: Tensor, block?: Block | SiteBlock): Tensor {
    const pass = this.#current();
    const { own, places, size } = this.#moving("multiply the Hessian", block);
    checkVector("multiply the Hessian", v, this.#model.parameters, size);
    this.#checkOut("multiply the Hessian", [size], out);
    const secondOrder = pass.secondOrderPass(own), { output } = pass;
    if (this.#keptFor !== own) {
      this.#lossFunction.evaluate(output, this.#target, secondOrder.reverse.outputCotangent);
      secondOrder.reverse.run();
      this.#keptFor = own;
    }
    const change = this.#pushForward("multiply the Hessian", v, own, size);
    const { outputCotangentTangent } = secondOrder;
    this.#lossFunction.hessianProduct(output, this.#target, change, outputCotangentTangent);
    secondOrder.run();
    return this.#result("pull back to the parameters", [size], out, (result) => {
      if (!out && block) fill(result, 0);
      pullChange(this.#model, pass, own, places, result);
    });
  }

  /**
   * Cotangents of every site's outputs (B T, O) for output cotangents u (B, …).
   *
   * The tensors are overwritten by the next call of this function or of `vjp()`.
   *
   * @param block Numbers of the sites that are wanted. @default all
   * @throws {TypeError} when u does not have the shape of the outputs.
   */
  siteCotangents(u: Tensor, block?: Block): readonly Tensor[] {
    const pass = this.#current();
    const cotangents = this.#pullBack(u, this.#moving("backpropagate", block).own);
    return ofOwnUses(
      this.#model,
      Array.from(cotangents, (rows, use) => rows && pass.countedRows(use, rows, "cotangents")),
    );
  }

  /**
   * Prepares what the layers keep, as running statistics, to become what it is after a step on this batch: a step that
   * stands then calls `model.commitState()`, any other leaves all as it was. In prediction that is what it is already.
   *
   * @throws {NonFiniteError} when something of it would not be finite.
   */
  prepareState(): void {
    this.#current().prepareState();
  }

  /** Gives the buffers back to the model; a second call does nothing. */
  dispose(): void {
    if (this.#pass) this.#giveBack(this.#pass);
    this.#pass = undefined;
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }

  /** Cotangents of the outputs of every use. */
  #pullBack(u: Tensor, block: SiteBlock): readonly Tensor[] {
    const pass = this.#current();
    checkCotangent("backpropagate", u, pass.output);
    const reverse = pass.reversePass(block);
    copy(u, reverse.outputCotangent);
    clearPadding(this.#current(), reverse.outputCotangent);
    reverse.run();
    return reverse.siteCotangents;
  }

  #current(): NetworkPass {
    if (!this.#pass) throw new DisposedError("a linearization");
    if (this.#version !== this.#model.version) {
      throw new TypeError("Cannot use a linearization: the parameters changed since it was made");
    }
    return this.#pass;
  }

  #backpropagateLoss(): void {
    if (this.#hasGradients) return;
    const { gradientPass, output } = this.#current();
    this.#lossFunction.evaluate(output, this.#target, gradientPass.outputCotangent);
    gradientPass.run();
    this.#hasGradients = true;
  }

  /** J v in a buffer of the pass, v of `size` elements. */
  #pushForward(action: string, v: Tensor, own: SiteBlock, size: number): Tensor {
    checkVector(action, v, this.#model.parameters, size);
    const { parameterTangent, outputTangent, sweep } = this.#current().tangentPass(own);
    if (size === own.size) copy(v, parameterTangent);
    else own.gather(v, parameterTangent);
    sweep.run();
    clearPadding(this.#current(), outputTangent);
    return outputTangent;
  }

  /** The sites that move, and where they are in the vectors that belong to them, of `size` elements. */
  #moving(
    action: string,
    block: Block | SiteBlock | undefined,
  ): { readonly own: SiteBlock; readonly places: SitePlaces; readonly size: number } {
    const { allSites } = this.#current(), { sites } = this.#model;
    if (block === undefined) return { own: allSites, places: allSites, size: allSites.size };
    if (block instanceof SiteBlock) {
      if (block.belongsTo(sites)) return { own: block, places: block, size: block.size };
      throw new TypeError(`Cannot ${action}: the block belongs to another model`);
    }
    checkBlock(action, block, sites.length);
    const own = this.#current().blockOf(block);
    return { own, places: own.whole, size: allSites.size };
  }

  /** Has the result written to `out` or to a new tensor. */
  #result(
    action: string,
    shape: Shape,
    out: Tensor | undefined,
    write: (result: Tensor) => void,
  ): Tensor {
    this.#checkOut(action, shape, out);
    if (out === undefined) return filled(new Tensor(this.#model.parameters.dtype, shape), write);
    write(out);
    return out;
  }

  #checkOut(action: string, shape: Shape, out: Tensor | undefined): void {
    if (out === undefined) return;
    checkResult(action, out, shape, [this.#model.parameters, this.output, this.#target]);
  }
}

/** Refuses what is not a linearization, or one that cannot be used any more. */
export function checkLinearization(action: string, value: unknown): asserts value is Linearization {
  if (typeof value !== "object" || value === null || !hasModel(value)) {
    throw new TypeError(
      `Cannot ${action}: the linearization must be a Linearization, which model.linearize() makes, not ${
        describe(value)
      }`,
    );
  }
  void (value as Linearization).output; // refuses itself when it was disposed or is out of date
}

// A network at its parameters on one batch: the loss, its derivatives, and the affine sites from which
// every curvature matrix is made.
import type { Span } from "../ops/face_splitting.ts";
import type { Matrix } from "../ops/matrix.ts";
import { copy, fill } from "../ops/vector.ts";
import { describe } from "../runtime/arguments.ts";
import { DisposedError, NonFiniteError, OutOfMemoryError } from "../runtime/errors.ts";
import { elementBytes, memoryUsage } from "../runtime/memory.ts";
import { DISPOSE, type Resource } from "../runtime/scope.ts";
import { filled, overlaps } from "../tensor/result.ts";
import { formatShape, MAXIMUM_ELEMENTS, sameShape, type Shape } from "../tensor/shape.ts";
import { checkTensor, Tensor } from "../tensor/tensor.ts";
import type { Coupling } from "./layers/layer_state.ts";
import { culprit } from "./pass/culprit.ts";
import type { Link } from "./layers/layer.ts";
import type { Loss } from "./losses/loss.ts";
import type { HiddenStates } from "./pass/hidden_states.ts";
import { type Block, checkBlock, type ForwardMode, type NetworkPass } from "./pass/network_pass.ts";
import { SiteBlock, type SitePlaces } from "./sites/site_block.ts";
import { pullChange, pullToParameters } from "./pass/parameter_pull.ts";
import { type RowPlace, writeSampleRows } from "./pass/sample_rows.ts";
import type { Site, SiteUse } from "./sites/site_layout.ts";

export type { Batch } from "./batch.ts";
export type { Site } from "./sites/site_layout.ts";

/**
 * A site with the quantities of one linearization; those of its own layer, where others are tied to it. In a batch
 * of sequences with lengths the rows are those of valid steps alone, sample by sample.
 */
export interface AffineSite extends Site {
  /** A (B T, D): the rows that W multiplies, the ones that carry the bias included; see `SiteForm`. */
  readonly inputs: Matrix;
  /** Z (B T, O) = A Wᵀ. */
  readonly outputs: Tensor;
  /** G (B T, O): gradients of each sample's own loss with respect to Z, not divided by B. */
  readonly outputGradients: Tensor;
  /** The first of a sample's rows; it has those before the first of the next one. */
  readonly firstRow: (sample: number) => number;
}

/** What a linearization needs of its model. */
export interface LinearizedModel {
  /** All parameters θ (P). */
  readonly parameters: Tensor;
  /** Number of parameters (P). */
  readonly parameterCount: number;
  /** The sites, in the order of their parameters. */
  readonly sites: readonly Site[];
  /** The uses of the sites, in the order of the layers. */
  readonly uses: readonly SiteUse[];
  /** How samples meet in training; undefined where they do not. */
  readonly coupling: Coupling | undefined;
  /** Counts changes of the parameters. */
  readonly version: number;
}

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
    const { output, lengths } = this.#current();
    if (!lengths?.plan.isOutputStepwise) return { output, target: this.#target };
    const target = lengths.pack(this.#target, "targets");
    return { output: lengths.pack(output, "outputs"), target };
  }

  /** The loss function. */
  get lossFunction(): Loss {
    return this.#lossFunction;
  }

  /** Outputs of the whole batch that count: those at the padding of sequences do not. */
  get outputCount(): number {
    const { output, lengths } = this.#current();
    const rows = output.size / this.batchSize;
    return lengths?.plan.isOutputStepwise ? lengths.count * rows / lengths.plan.steps : output.size;
  }

  /** The layer in which samples of this batch meet, as in training they do in `batchNorm()`; undefined where they do not. */
  get coupledBy(): string | undefined {
    return this.#isTraining ? this.#model.coupling?.layer : undefined;
  }

  /** The hidden states of the layers that have some, as `lstm()`; undefined where none has. */
  get hiddenStates(): HiddenStates | undefined {
    return this.#current().hiddenStates;
  }

  /** Number of sites; unlike `sites` it needs no gradients. */
  get siteCount(): number {
    return this.#model.sites.length;
  }

  /** The model's sites, without what belongs to the linearization: unlike `sites` it needs no gradients. */
  get modelSites(): readonly Site[] {
    return this.#model.sites;
  }

  /** The sites, in the order of their parameters. */
  get sites(): readonly AffineSite[] {
    const pass = this.#current();
    this.#backpropagateLoss();
    const { siteCotangents } = pass.gradientPass;
    const values = this.#ofOwnUses(pass.uses.map(({ outputs }, use) => ({
      inputs: pass.inputRows(use),
      outputs: pass.countedRows(use, outputs, "outputs"),
      outputGradients: pass.countedRows(use, siteCotangents[use], "gradients"),
      firstRow: (sample: number): number => pass.firstRow(use, sample),
    })));
    return this.#model.sites.map((site, i) => ({ ...site, ...values[i] }));
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
    return this.#likeParameters(out, (result) => {
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
    const size = this.batchSize * parameterCount;
    if (size > MAXIMUM_ELEMENTS) {
      throw new OutOfMemoryError(elementBytes(dtype, size), memoryUsage().liveBytes);
    }
    const shape = [this.batchSize, parameterCount];
    return this.#result("make gradients of samples", shape, out, (result) => {
      this.#backpropagateLoss();
      const { siteCotangents } = pass.gradientPass;
      const rows = this.#sampleRows(pass, siteCotangents);
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
    return this.#result("multiply the Jacobian", output.shape, out, (result) => {
      copy(this.#pushForward("multiply the Jacobian", v, block), result);
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
    const { places, size } = this.#moving("multiply the transposed Jacobian", block);
    this.#checkOut("multiply the transposed Jacobian", [size], out);
    const cotangents = this.#pullBack(u, block);
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
    return this.#sampleRows(this.#current(), this.#pullBack(u));
  }

  /**
   * The Hessian of the mean loss times a vector v (P).
   * One forward-mode sweep and its reverse: about twice the cost of a gradient with a cached pass.
   *
   * @param out Where to write the result. @default a new tensor
   * @param block The sites whose rows and columns count, by number: other elements of `out` stay as they are, those of a
   * new tensor are zero. For a block of a partition v and the result are its own (P_b). @default all
   * @throws {TypeError} when v or `out` does not suit the model.
   */
  hvp(v: Tensor, out?: Tensor, block?: Block | SiteBlock): Tensor {
    const pass = this.#current();
    const { own, places, size } = this.#moving("multiply the Hessian", block);
    this.#checkVector("multiply the Hessian", v, size);
    this.#checkOut("multiply the Hessian", [size], out);
    const secondOrder = pass.secondOrderPass(own), { output } = pass;
    if (this.#keptFor !== own) {
      this.#lossFunction.evaluate(output, this.#target, secondOrder.reverse.outputCotangent);
      secondOrder.reverse.run();
      this.#keptFor = own;
    }
    const change = this.#pushForward("multiply the Hessian", v, block);
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
    const cotangents = this.#pullBack(u, block);
    return this.#ofOwnUses(
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

  /** Of what is listed by use, that of each site's own layer. */
  #ofOwnUses<T>(listed: readonly T[]): T[] {
    return listed.filter((_, i) => this.#model.uses[i].isOwn);
  }

  /** Writes the pulls of single samples, sites' own uses before those tied to them. */
  #sampleRows(
    pass: NetworkPass,
    cotangents: readonly Tensor[],
  ): (span: Span, out: Tensor, place: RowPlace) => void {
    const { sites, uses } = this.#model;
    const ordered = uses.map((use, i) => ({
      use,
      site: sites[use.site],
      values: pass.uses[i],
      cotangents: cotangents[i],
    })).sort((a, b) => Number(b.use.isOwn) - Number(a.use.isOwn));
    return (span, out, place) => {
      for (const use of ordered) writeSampleRows(use, this.batchSize, span, out, place);
    };
  }

  /** Cotangents of the outputs of every use. */
  #pullBack(u: Tensor, block?: Block | SiteBlock): readonly Tensor[] {
    const pass = this.#current();
    checkTensor("backpropagate", "the cotangent", u);
    if (u.dtype !== pass.output.dtype) {
      throw new TypeError(`Cannot backpropagate ${u.dtype}: the outputs are ${pass.output.dtype}`);
    }
    if (!sameShape(u.shape, pass.output.shape)) {
      throw new TypeError(
        `Cannot backpropagate ${formatShape(u.shape)}: outputs have shape ${
          formatShape(pass.output.shape)
        }`,
      );
    }
    const reverse = pass.reversePass(this.#moving("backpropagate", block).own);
    copy(u, reverse.outputCotangent);
    this.#clearPadding(reverse.outputCotangent);
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

  /** J v in a buffer of the pass. */
  #pushForward(action: string, v: Tensor, block?: Block | SiteBlock): Tensor {
    const { own, size } = this.#moving(action, block);
    this.#checkVector(action, v, size);
    const { parameterTangent, outputTangent, sweep } = this.#current().tangentPass(own);
    if (size === own.size) copy(v, parameterTangent);
    else own.gather(v, parameterTangent);
    sweep.run();
    this.#clearPadding(outputTangent);
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

  /** Sets what is at the padding of sequences to zero in a tensor like the outputs. */
  #clearPadding(t: Tensor): void {
    const lengths = this.#pass?.lengths;
    if (lengths?.plan.isOutputStepwise) lengths.clearPadding(t);
  }

  #checkVector(action: string, v: Tensor, size: number): void {
    const { parameters } = this.#model;
    checkTensor(action, "the vector", v);
    if (v.size !== size || v.dtype !== parameters.dtype) {
      throw new TypeError(
        `Cannot ${action}: the vector is ${v.dtype} ${formatShape(v.shape)}, ` +
          `the parameters are ${parameters.dtype} (${size})`,
      );
    }
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

  /** The same for a result (P). */
  #likeParameters(out: Tensor | undefined, write: (result: Tensor) => void): Tensor {
    return this.#result("pull back to the parameters", [this.#model.parameterCount], out, write);
  }

  #checkOut(action: string, shape: Shape, out: Tensor | undefined): void {
    if (out === undefined) return;
    const { parameters } = this.#model;
    checkTensor(action, "out", out);
    if (!sameShape(out.shape, shape) || out.dtype !== parameters.dtype) {
      throw new TypeError(
        `Cannot ${action}: out must have shape ${formatShape(shape)} and the model's dtype`,
      );
    }
    if ([parameters, this.output, this.#target].some((read) => overlaps(out, read))) {
      throw new TypeError(
        `Cannot ${action}: out must not overlap parameters, outputs or targets`,
      );
    }
  }
}

/** Refuses, by the name of the layer, a batch whose samples meet where each must stand by itself. */
export function checkIndependent(action: string, { coupledBy }: Linearization): void {
  if (coupledBy === undefined) return;
  throw new TypeError(
    `Cannot ${action}: samples of a training batch meet in ${coupledBy}, so no row belongs to one sample; ` +
      "in prediction, without a key, they do not",
  );
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

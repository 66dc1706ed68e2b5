// A network at its parameters on one batch: the loss, its derivatives, and the affine sites from which
// every curvature matrix is made.
import { gemm } from "../ops/gemm.ts";
import { type Matrix, matrix } from "../ops/matrix.ts";
import { copy, firstNonFinite } from "../ops/vector.ts";
import { DisposedError, NonFiniteError } from "../runtime/errors.ts";
import { DISPOSE, type Resource } from "../runtime/scope.ts";
import { formatShape, sameShape, type Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Loss } from "./losses/loss.ts";
import type { NetworkPass } from "./network_pass.ts";

/** One mini-batch. */
export interface Batch {
  /** Samples (B, …input shape). */
  readonly input: Tensor;
  /** Targets, as the loss takes them. */
  readonly target: Tensor;
}

/** A trainable matrix W = [weight | bias] of a model. */
export interface Site {
  /** Unique name, for example "dense_2". */
  readonly name: string;
  /** W (O, D), a view of the parameters. */
  readonly weight: Tensor;
  /** First element of W in the parameters. */
  readonly offset: number;
  /** Positions at which W is applied to each sample (T). */
  readonly positions: number;
  /** True when the last column of W is the bias. */
  readonly hasBias: boolean;
}

/** A site with the quantities of one linearization. */
export interface AffineSite extends Site {
  /** A (B T, D): the rows that W multiplies, the ones that carry the bias included. */
  readonly inputs: Matrix;
  /** Z (B T, O) = A Wᵀ. */
  readonly outputs: Tensor;
  /** G (B T, O): gradients of each sample's own loss with respect to Z, not divided by B. */
  readonly outputGradients: Tensor;
}

/** What a linearization needs of its model. */
export interface LinearizedModel {
  /** All parameters θ (P). */
  readonly parameters: Tensor;
  /** Number of parameters (P). */
  readonly parameterCount: number;
  /** The affine sites, in the order of their parameters. */
  readonly sites: readonly Site[];
  /** Counts changes of the parameters. */
  readonly version: number;
}

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
  #pass: NetworkPass | undefined;
  #hasGradients = false;

  /** Evaluates the loss of a pass whose input is set; takes the pass until disposed. */
  constructor(
    model: LinearizedModel,
    pass: NetworkPass,
    loss: Loss,
    target: Tensor,
    giveBack: (pass: NetworkPass) => void,
  ) {
    this.#model = model;
    this.#pass = pass;
    this.#lossFunction = loss;
    this.#target = target;
    this.#giveBack = giveBack;
    this.#version = model.version;
    this.batchSize = pass.input.shape[0];
    pass.forward();
    this.loss = loss.evaluate(pass.output, target) / this.batchSize;
    if (!Number.isFinite(this.loss)) throw new NonFiniteError("evaluate the loss", this.#culprit());
  }

  /** The network's output z (B, …). */
  get output(): Tensor {
    return this.#current().output;
  }

  /** The targets of the batch. */
  get target(): Tensor {
    return this.#target;
  }

  /** The loss function. */
  get lossFunction(): Loss {
    return this.#lossFunction;
  }

  /** The affine sites, in the order of their parameters. */
  get sites(): readonly AffineSite[] {
    const pass = this.#current();
    this.#backpropagateLoss();
    const { siteCotangents } = pass.gradientPass;
    return this.#model.sites.map((site, i) => ({
      ...site,
      ...pass.sites[i],
      outputGradients: siteCotangents[i],
    }));
  }

  /** The gradient of the mean loss (P), in `out` or a new tensor: GᵀA / B at every site. */
  gradient(out?: Tensor): Tensor {
    const pass = this.#current();
    this.#backpropagateLoss();
    return this.#pullToParameters(pass, pass.gradientPass.siteCotangents, 1 / this.batchSize, out);
  }

  /** J v (B, …): the change of the outputs along a direction v (P) of the parameters. */
  jvp(v: Tensor, out?: Tensor): Tensor {
    const { tangentPass, output } = this.#current();
    this.#checkParameters("multiply the Jacobian", v);
    copy(v, tangentPass.parameterTangent);
    tangentPass.run();
    const result = this.#resultTensor("multiply the Jacobian", output.shape, out);
    return copy(tangentPass.outputTangent, result);
  }

  /** Jᵀ u (P), summed over samples: the pull of output cotangents u (B, …) back to the parameters. */
  vjp(u: Tensor, out?: Tensor): Tensor {
    const pass = this.#current();
    return this.#pullToParameters(pass, this.siteCotangents(u), 1, out);
  }

  /**
   * Cotangents of every site's outputs (B T, O) for output cotangents u (B, …).
   *
   * The tensors are overwritten by the next call of this function or of `vjp()`.
   */
  siteCotangents(u: Tensor): readonly Tensor[] {
    const { scratchPass, output } = this.#current();
    if (!sameShape(u.shape, output.shape)) {
      throw new TypeError(
        `Cannot backpropagate ${formatShape(u.shape)}: outputs have shape ${
          formatShape(output.shape)
        }`,
      );
    }
    copy(u, scratchPass.outputCotangent);
    scratchPass.run();
    return scratchPass.siteCotangents;
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

  #pullToParameters(
    pass: NetworkPass,
    cotangents: readonly Tensor[],
    factor: number,
    out?: Tensor,
  ): Tensor {
    const { parameterCount, sites } = this.#model;
    const result = this.#resultTensor("pull back to the parameters", [parameterCount], out);
    for (const [i, { weight, offset }] of sites.entries()) {
      const block = result.view(weight.shape, offset);
      gemm(matrix(cotangents[i]).T, pass.sites[i].inputs, block, { alpha: factor });
    }
    return result;
  }

  #checkParameters(action: string, v: Tensor): void {
    const { parameterCount, parameters } = this.#model;
    if (v.size !== parameterCount || v.dtype !== parameters.dtype) {
      throw new TypeError(
        `Cannot ${action}: the vector is ${v.dtype} ${formatShape(v.shape)}, ` +
          `the parameters are ${parameters.dtype} (${parameterCount})`,
      );
    }
  }

  #resultTensor(action: string, shape: Shape, out?: Tensor): Tensor {
    if (!out) return new Tensor(this.#model.parameters.dtype, shape);
    if (!sameShape(out.shape, shape) || out.dtype !== this.#model.parameters.dtype) {
      throw new TypeError(
        `Cannot ${action}: out must have shape ${formatShape(shape)} and the model's dtype`,
      );
    }
    return out;
  }

  /** Names the first quantity on the way of the data that is not finite. */
  #culprit(): string {
    const pass = this.#current();
    const { sites } = this.#model;
    for (const [i, { name, weight }] of sites.entries()) {
      if (firstNonFinite(weight) >= 0) return `site "${name}", parameters`;
      if (firstNonFinite(pass.sites[i].outputs) >= 0) return `site "${name}", outputs`;
    }
    return firstNonFinite(pass.output) >= 0 ? "the network's output" : "the loss";
  }
}

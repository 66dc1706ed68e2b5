// What all optimizers share: configurations are plain frozen data, state is explicit, a step completes
// or leaves parameters and state exactly as they were.
import type { Batch } from "../nn/linearization.ts";
import type { Loss } from "../nn/losses/loss.ts";
import { checkIsModel, type Model } from "../nn/model.ts";
import { checkFunction, checkString, describe } from "../runtime/arguments.ts";
import type { HostSignal } from "../runtime/host_types.ts";
import { DisposedError } from "../runtime/errors.ts";
import type { DType } from "../runtime/dtype.ts";
import type { SolverStatus } from "../solvers/solver.ts";
import { DISPOSE, type Resource, Scope } from "../runtime/scope.ts";
import type { Shape } from "../tensor/shape.ts";
import { lend, Tensor } from "../tensor/tensor.ts";

/** What a step works on. */
export interface Problem {
  /** The model whose parameters the step changes. */
  readonly model: Model;
  /** The loss to decrease. */
  readonly loss: Loss;
  /** The mini-batch. */
  readonly batch: Batch;
  /** Samples to judge steps by, which optimizers with `needsValidation` take. @default none */
  readonly validation?: Batch;
  /**
   * A step does not begin once it is aborted; that of `hessianFree()` or `blockHessianFree()` is given up between two
   * parts of it, and leaves parameters and state as they were. Its reason is thrown. @default none
   */
  readonly signal?: HostSignal;
}

/** Why no further step would help: what is tiny, that the damping is at its limit, or that validation gets no better. */
export type StopReason = "gradient" | "step" | "objective" | "damping" | "validation";

/** How the solve of one block of the parameters ended. */
export interface BlockSolve {
  /** The names of the block's sites. */
  readonly sites: readonly string[];
  /** Iterations that were made. */
  readonly iterations: number;
  /** How it ended. */
  readonly status: SolverStatus;
}

/** What a step computed. */
export interface StepWork {
  /** Products with the curvature matrix; those with blocks count as the share of a full one that they cost. */
  readonly products: number;
  /** Gradients, and reverse sweeps that cost as much, as that of a preconditioner. */
  readonly gradients: number;
  /** Losses at points that were looked at. */
  readonly evaluations: number;
  /** Samples of all of them, each counted as often as one of them was computed of it. */
  readonly samples: number;
}

/** What happened in a step. */
export interface StepReport {
  /** The step, counted from 0. */
  readonly step: number;
  /** Mean loss of the batch before the step, without regularization. */
  readonly loss: number;
  /** Norm of the gradient, with L2 regularization. */
  readonly gradientNorm: number;
  /** Norm of the change of the parameters, without decoupled weight decay; 0 when the step was not taken. */
  readonly stepNorm: number;
  /** Learning rate that was used. */
  readonly learningRate: number;
  /** Damping λ that was used, where the method has one; α of EA-CG and KFI. */
  readonly damping?: number;
  /** Iterations of the solver, where the method has one; of several, their sum. */
  readonly solverIterations?: number;
  /** How each block's solve ended, where the method solves systems of blocks; the whole model may be one. */
  readonly solves?: readonly BlockSolve[];
  /** What the step computed, where the method counts it. */
  readonly work?: StepWork;
  /** The iteration of the solver that the step goes by, where the method chooses one. */
  readonly chosenIterate?: number | undefined;
  /** What the loss lost in units of what the method's model promised, where it compares the two. */
  readonly reductionRatio?: number;
  /** False when no step was taken, as where the loss rose too far; absent where that cannot be. */
  readonly accepted?: boolean;
  /** Trial steps, the accepted one included; absent where there is only one. */
  readonly trials?: number;
  /** Mean loss of the validation batch after the step, infinite where it is not finite; absent where nothing judges. */
  readonly validationLoss?: number;
  /** Why the method would stop here; absent while it makes progress. */
  readonly stop?: StopReason;
  /** Curvature updates that were skipped by the method's rules, over all sites. */
  readonly skippedUpdates?: number;
  /** Segments whose damped matrix could only be factored in float64 or with more damping, where the method has any. */
  readonly retriedSegments?: number;
}

/** Extra information for the initial state. */
export interface InitContext {
  /** The loss, for methods that warm-start on output gradients. */
  readonly loss?: Loss;
  /** Mini-batches over which curvature is averaged before the first step. */
  readonly warmStart?: Iterable<Batch>;
}

/** A published method with its settings. */
export interface Optimizer {
  /** The method, for example "kBfgs". */
  readonly name: string;
  /** Settings, defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  /** True where every step needs a validation batch in its problem; others refuse one. @default false */
  readonly needsValidation?: boolean;
  /** Steps after which the sizes of what a step works on repeat. @default 1 */
  readonly cycle?: number;
  /** Makes the state for a model. */
  init(model: Model, context?: InitContext): OptimizerState;
  /** Takes one step. */
  step(state: OptimizerState, problem: Problem): StepReport;
}

/** A remembered tensor with its successor: a step fills `next`, and `commit()` exchanges the two. */
export class Replaceable {
  /** The value that is remembered. */
  current: Tensor;
  /** Space for the value after the step. */
  next: Tensor;
  readonly #state: OptimizerState;
  readonly #name: string;

  /**
   * Remembers zeros.
   *
   * @throws {TypeError} when an argument has the wrong type.
   */
  constructor(state: OptimizerState, name: string, shape: Shape) {
    checkState("remember a tensor", OptimizerState, state);
    this.#state = state;
    this.#name = name;
    this.current = state.remember(name, shape);
    this.next = state.workspace(shape);
  }

  /** Makes `next` the remembered value. */
  commit(): void {
    [this.current, this.next] = [this.next, this.current];
    this.#state.tensors.set(this.#name, this.current);
  }
}

let hasModel: (value: object) => boolean;

/** All that an optimizer remembers between steps, and its working memory. */
export class OptimizerState implements Resource {
  /** Steps taken. */
  step = 0;
  /** Named tensors that the next step depends on. */
  readonly tensors: Map<string, Tensor> = new Map();
  /** Named numbers that the next step depends on. */
  readonly numbers: Map<string, number> = new Map();
  readonly #model: Model;
  readonly #scope = new Scope();
  readonly #derivations: (() => void)[] = [];
  #isDisposed = false;

  static {
    hasModel = (value) => #model in value;
  }

  /**
   * Belongs to one model.
   *
   * @throws {TypeError} when `model` is not a Model.
   * @throws {DisposedError} when it was disposed.
   */
  constructor(model: Model) {
    checkIsModel("make an optimizer's state", model);
    this.#model = model;
  }

  /** True once the memory was given back. */
  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /** Bytes of the tensors that are remembered, without working memory. */
  get bytes(): number {
    return [...this.tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  }

  /**
   * Adds a named tensor of zeros to what is remembered.
   *
   * @throws {TypeError} when an argument has the wrong type, or there is a tensor of that name.
   * @throws {RangeError} when a size is negative, fractional or too large.
   * @throws {OutOfMemoryError} when memory refuses to grow.
   */
  remember(name: string, shape: Shape, dtype: DType = this.#model.dtype): Tensor {
    checkString("remember a tensor", "the name", name);
    if (this.tensors.has(name)) {
      throw new TypeError(`Cannot remember a tensor: there is one called ${describe(name)}`);
    }
    const made = this.workspace(shape, dtype);
    made.data.fill(0);
    this.tensors.set(name, made);
    return made;
  }

  /** Adds a named tensor that a step replaces as a whole. */
  rememberReplaceable(name: string, shape: Shape): Replaceable {
    return new Replaceable(this, name, shape);
  }

  /** Makes working memory that no later step depends on; the state is disposed when memory does not suffice. */
  workspace(shape: Shape, dtype: DType = this.#model.dtype): Tensor {
    try {
      return lend(this.#scope.own(new Tensor(dtype, shape)), "an optimizer's state");
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Registers how working memory that depends on remembered tensors is computed from them anew. */
  deriveBy(recompute: () => void): void {
    checkFunction("derive working memory", "recompute", recompute);
    this.#derivations.push(recompute);
  }

  /** Declares that `step`, `tensors` and `numbers` were filled from outside. */
  restored(): void {
    for (const recompute of this.#derivations) recompute();
  }

  /** True for the model that the state was made for. */
  belongsTo(model: Model): boolean {
    return model === this.#model;
  }

  /**
   * Refuses a model that the state was not made for.
   *
   * @throws {TypeError} when it is another, or not a Model.
   */
  checkModel(optimizer: string, model: Model): void {
    checkString("step an optimizer", "its name", optimizer);
    checkIsModel(`step ${optimizer}`, model);
    if (!this.belongsTo(model)) {
      throw new TypeError(`Cannot step ${optimizer}: the state belongs to another model`);
    }
  }

  /** Gives all memory back; a second call does nothing. */
  dispose(): void {
    this.#isDisposed = true;
    this.#scope.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }
}

/** Refuses what is not a state of the class, or one that was disposed. */
export function checkState<S extends OptimizerState>(
  action: string,
  made: abstract new (...args: never[]) => S,
  state: unknown,
): asserts state is S {
  if (!(state instanceof made) || !hasModel(state)) {
    throw new TypeError(
      `Cannot ${action}: the state must be an OptimizerState that init(model) of this optimizer made, not ${
        describe(state)
      }`,
    );
  }
  if (state.isDisposed) throw new DisposedError("an optimizer's state");
}

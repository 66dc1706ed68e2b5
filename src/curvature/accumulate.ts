// A curvature matrix of a whole data set, one linearized mini-batch at a time:
//
//   A v = (1/N) Σ_b B_b A_b v,  N = Σ_b B_b      summed in float64, in the order of the batches
import { checkLinearOperator, LinearOperator } from "../linalg/operator.ts";
import { checkBatch } from "../nn/batch.ts";
import type { Batch, Linearization } from "../nn/linearization.ts";
import { checkIsLoss, type Loss } from "../nn/losses/loss.ts";
import { checkIsModel, type Model } from "../nn/model.ts";
import {
  checkFunction,
  checkNamed,
  checkOptions,
  describe,
  namesOf,
} from "../runtime/arguments.ts";
import type { HostSignal } from "../runtime/host_types.ts";
import { fill } from "../ops/vector.ts";
import { addWidened, narrowDivided } from "../ops/widen.ts";
import { Scope } from "../runtime/scope.ts";
import { checkSignal, throwIfAborted } from "../runtime/signal.ts";
import { Tensor } from "../tensor/tensor.ts";

/** The mean loss of a model over the samples of mini-batches. */
export interface MeanLoss {
  /** The model. */
  readonly model: Model;
  /** The loss of a sample. */
  readonly loss: Loss;
  /** Mini-batches, the same ones in the same order each time; an array, or whatever can be iterated anew. */
  readonly batches: Iterable<Batch>;
}

const NAMES = namesOf<MeanLoss>({ model: true, loss: true, batches: true });

/** Makes the operator of one mini-batch, for example `gaussNewton`; `index` is the batch's number. */
export type OperatorOfBatch = (lin: Linearization, index: number) => LinearOperator;

/** Settings of `accumulate()`. */
export interface AccumulateOptions {
  /** Ends a product between two mini-batches; its reason is thrown. @default none */
  readonly signal?: HostSignal;
}

const OPTION_NAMES = namesOf<AccumulateOptions>({ signal: true });

const ACTION = "accumulate an operator";

/** What is known before the first product. */
interface FirstLook {
  readonly samples: number;
  readonly first: LinearOperator;
  readonly signal: HostSignal | undefined;
}

class AccumulatedOperator extends LinearOperator {
  readonly #mean: MeanLoss;
  readonly #make: OperatorOfBatch;
  readonly #samples: number;
  readonly #signal: HostSignal | undefined;
  readonly #version: number;
  readonly #term: Tensor;
  readonly #sum: Tensor;
  readonly #scope = new Scope();

  /** The first batch's operator, disposed by now, says what all of them are. */
  constructor(
    mean: MeanLoss,
    make: OperatorOfBatch,
    { samples, first, signal }: FirstLook,
  ) {
    super(first);
    this.#signal = signal;
    this.#mean = mean;
    this.#make = make;
    this.#samples = samples;
    this.#version = mean.model.version;
    try {
      this.#term = this.#scope.own(new Tensor(this.dtype, [this.size]));
      this.#sum = this.#scope.own(new Tensor("float64", [this.size]));
    } catch (error) {
      this.#scope.dispose();
      throw error;
    }
  }

  protected override multiply(v: Tensor, out: Tensor, isTransposed: boolean): void {
    const { model, batches } = this.#mean;
    if (model.version !== this.#version) {
      throw new TypeError(
        "Cannot apply an accumulated operator: the parameters changed since it was made",
      );
    }
    fill(this.#sum, 0);
    let samples = 0, index = 0;
    for (const batch of batches) {
      throwIfAborted("apply an accumulated operator", this.#signal);
      visitBatch(this.#mean, batch, index++, this.#make, (operator, batchSize) => {
        if (isTransposed) operator.applyTranspose(v, this.#term);
        else operator.apply(v, this.#term);
        addWidened(batchSize, this.#term, this.#sum);
        samples += batchSize;
      });
    }
    if (samples !== this.#samples) {
      throw new RangeError(
        `Cannot apply an accumulated operator: the batches hold ${samples} samples, ` +
          `they held ${this.#samples} when it was made`,
      );
    }
    narrowDivided(this.#sum, samples, out);
  }

  override dispose(): void {
    this.#scope.dispose();
  }
}

/** Shows the operator of one mini-batch, which lives as long as the visit. */
function visitBatch(
  { model, loss }: MeanLoss,
  batch: Batch,
  index: number,
  make: OperatorOfBatch,
  visit: (operator: LinearOperator, batchSize: number) => void,
): void {
  using lin = model.linearize(loss, batch);
  const operator: unknown = make(lin, index);
  checkLinearOperator(ACTION, "what the function returns", operator);
  try {
    checkOrder(operator, model);
    visit(operator, lin.batchSize);
  } finally {
    operator.dispose();
  }
}

function checkOrder({ size, dtype }: LinearOperator, model: Model): void {
  if (size === model.parameterCount && dtype === model.dtype) return;
  throw new TypeError(
    `Cannot ${ACTION}: that of a batch is ${dtype} of order ${size}, ` +
      `the parameters are ${model.dtype} (${model.parameterCount})`,
  );
}

function checkRepeatable(batches: unknown): asserts batches is Iterable<Batch> {
  const isObject = typeof batches === "object" && batches !== null;
  if (!isObject || typeof (batches as Iterable<Batch>)[Symbol.iterator] !== "function") {
    throw new TypeError(
      `Cannot ${ACTION}: the batches must be an iterable of batches, not ${describe(batches)}`,
    );
  }
  if ((batches as Iterable<Batch>)[Symbol.iterator]() === batches) {
    throw new TypeError(
      `Cannot ${ACTION}: the batches are an iterator, which ends after one product; use an array`,
    );
  }
}

/**
 * The curvature matrix of a whole data set as an operator: the mean over all samples, whatever the sizes of
 * the mini-batches.
 *
 * It equals the operator of one batch that holds all samples, unless samples meet in a layer (`batchNorm()` in training),
 * which then sees each mini-batch by itself, but only one mini-batch is linearized at a time.
 * Each product makes every mini-batch's forward pass, its operator and that operator's product anew, and
 * disposes them. Batches may be made as they are iterated, and disposed when the next one is asked for. What
 * is added to the matrix belongs outside: `accumulate(…).add(damping)`.
 *
 * Shapes: vectors have the parameters' elements (P). Cost of a product: that of each mini-batch, and its
 * forward pass. Memory: P elements, P of float64, and what one mini-batch takes. Deterministic: the sum is
 * in float64, in the order of the batches.
 *
 * @param mean Model, loss and mini-batches; all must outlive the operator, the parameters unchanged.
 * @param make Makes the operator of one mini-batch; for `fisher()` with samples it needs a key for each number.
 * @param options A signal for products, which are synchronous: no timer ticks while one is computed, so it is of use where
 * it says `aborted` by itself, as one that `make` aborts, or any object whose `aborted` looks at shared memory.
 * @throws {TypeError} when an argument has the wrong type, or the batches can be iterated only once.
 * @throws {RangeError} when there is no batch, or a product meets another number of samples.
 * @throws {NonFiniteError} when the loss of the first mini-batch is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { dense, gaussNewton, sequential, squaredError, tensor } from "curvature";
 * import { accumulate } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * const batches = [
 *   { input: tensor([[1], [3]]), target: tensor([[0], [0]]) },
 *   { input: tensor([[2]]), target: tensor([[0]]) },
 * ];
 * using operator = accumulate({ model, loss: squaredError(), batches }, (lin) => gaussNewton(lin));
 * using matrix = operator.toDense();
 * assertEquals(matrix.toArray(), [[14 / 3, 2], [2, 1]].map((row) => row.map(Math.fround)));
 * ```
 */
export function accumulate(
  mean: MeanLoss,
  make: OperatorOfBatch,
  options: AccumulateOptions = {},
): LinearOperator {
  checkNamed(ACTION, "the mean loss", mean, NAMES);
  const { model, loss, batches } = mean;
  checkIsModel(ACTION, model);
  checkIsLoss(ACTION, loss);
  checkRepeatable(batches);
  checkFunction(ACTION, "the function of a batch", make);
  checkOptions(ACTION, options, OPTION_NAMES);
  const { signal } = options;
  if (signal !== undefined) checkSignal(ACTION, signal);
  let samples = 0, first: LinearOperator | undefined;
  for (const batch of batches) {
    samples += checkBatch(ACTION, batch).input.shape[0];
    if (!first) visitBatch(mean, batch, 0, make, (operator) => first = operator);
  }
  if (!first) throw new RangeError(`Cannot ${ACTION}: there is no batch`);
  return new AccumulatedOperator({ model, loss, batches }, make, { samples, first, signal });
}

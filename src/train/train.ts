import { Batches } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Batch } from "../nn/linearization.ts";
import type { Loss } from "../nn/losses/loss.ts";
import type { Model } from "../nn/model.ts";
import type { Optimizer, OptimizerState, StepReport } from "../optimizers/optimizer.ts";
import { milliseconds } from "../runtime/clock.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { DISPOSE } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { CheckpointStore } from "./checkpoint/store.ts";
import {
  checkCheckpointOptions,
  type CheckpointOptions,
  CheckpointSchedule,
  resume,
  type Resumed,
} from "./checkpoint/train_options.ts";
import { evaluate } from "./evaluate.ts";
import type { Metric } from "./metrics.ts";

/** Settings of `train()`. */
export interface TrainOptions {
  /** The model to train. */
  readonly model: Model;
  /** The loss to decrease. */
  readonly loss: Loss;
  /** The method. */
  readonly optimizer: Optimizer;
  /** Samples to learn from. */
  readonly data: Dataset;
  /** Samples in one step. */
  readonly batchSize: number;
  /** Passes over the data; what does not fill a batch is left out. */
  readonly epochs: number;
  /** Seed of the order of samples. @default 0 */
  readonly seed?: number;
  /** The optimizer's state, to go on with it and to keep it. @default a new one, disposed at the end */
  readonly state?: OptimizerState;
  /** Where and how often checkpoints are stored. @default never */
  readonly checkpoint?: CheckpointOptions;
  /** A checkpoint to continue from, or a store whose newest one it is; an empty store begins anew. @default none */
  readonly resume?: Uint8Array | CheckpointStore;
  /** Data sets on which loss and metrics are taken after each epoch. @default none */
  readonly evaluate?: Readonly<Record<string, Dataset>>;
  /** Figures besides the loss. @default none */
  readonly metrics?: readonly Metric[];
  /** What a step that meets NaN or infinity does: ends training, or is skipped. @default "throw" */
  readonly onNonFinite?: "throw" | "skip";
  /** Milliseconds after which no further step begins. @default no limit */
  readonly timeBudgetMs?: number;
  /** Ends training between two steps. */
  readonly signal?: AbortSignal;
}

/** What happened in one step of training. */
export interface TrainProgress {
  /** Steps of the run so far, this one and those before a checkpoint included. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly totalSteps: number;
  /** The pass over the data, counted from 0. */
  readonly epoch: number;
  /** Mean loss of the batch before the step; NaN when the step was skipped. */
  readonly loss: number;
  /** The optimizer's report; absent when the step was skipped. */
  readonly report: StepReport | undefined;
  /** The error for which the step was skipped. */
  readonly skipped: NonFiniteError | undefined;
  /** "name.loss", "name.metric" of `evaluate`; present after the last step of an epoch. */
  readonly metrics: Readonly<Record<string, number>> | undefined;
  /** The optimizer's state. */
  readonly state: OptimizerState;
  /** The name of the checkpoint that was stored after the step; absent when none was due. */
  readonly checkpoint: string | undefined;
  /** Where the run was continued; absent when it began anew. */
  readonly resumed: Resumed | undefined;
}

function checkOptions(options: TrainOptions): void {
  const { epochs, timeBudgetMs, onNonFinite, checkpoint, resume, state } = options;
  if (typeof epochs !== "number") throw new TypeError("Cannot train: epochs must be a number");
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new RangeError(`Cannot train: epochs must be whole and positive, not ${epochs}`);
  }
  if (timeBudgetMs !== undefined && !(timeBudgetMs >= 0)) {
    throw new RangeError(`Cannot train: timeBudgetMs must not be negative, it is ${timeBudgetMs}`);
  }
  if (onNonFinite !== undefined && onNonFinite !== "throw" && onNonFinite !== "skip") {
    throw new TypeError(`Cannot train: onNonFinite must be "throw" or "skip"`);
  }
  if (checkpoint) checkCheckpointOptions(checkpoint);
  if (resume && state) {
    throw new TypeError("Cannot train: a run either resumes or goes on with a state");
  }
}

/**
 * Trains a model, one progress report for each step; between two reports control is with the caller.
 *
 * The first state is warm-started over one epoch, which methods without curvature ignore. Training ends
 * cleanly between steps when the signal is aborted, the time budget is used up, or the caller leaves the
 * loop; a step is never cut. The same seed gives the same bits on every runtime.
 *
 * A run that resumes continues with the bits of an uninterrupted one, on whatever runtime. Give it the options
 * of the first part; `checkpoint` and `resume` may name the same store.
 *
 * @throws {TypeError} when data, loss and model do not suit each other.
 * @throws {RangeError} when a number is out of range.
 * @throws {NonFiniteError} when a step meets NaN or infinity and `onNonFinite` is "throw"; parameters and
 * state are as before that step.
 * @throws {CheckpointMismatchError} when the checkpoint to resume belongs to another run.
 * @throws {CheckpointFormatError} when the checkpoint to resume is none.
 * @throws {CheckpointIntegrityError} when a byte of the checkpoint to resume is not as it was written.
 * @throws {CheckpointStoreError} when the host fails to store or to fetch a checkpoint.
 *
 * @example
 * ```ts
 * import { dataset, dense, kBfgs, sequential, squaredError, train } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * const data = dataset({ input: [1, 2], target: [2, 4], inputShape: [1], targetShape: [1] });
 * const run = { model, loss: squaredError(), optimizer: kBfgs(), data, batchSize: 2, epochs: 100 };
 * let last = Infinity;
 * for await (const { loss } of train(run)) last = loss;
 * assert(last < 0.1);
 * ```
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainProgress, void, void> {
  checkOptions(options);
  const { model, data, batchSize, epochs, seed = 0, timeBudgetMs = Infinity, signal } = options;
  const start = milliseconds();
  const batches = new Batches(data.size, { batchSize, seed });
  const totalSteps = epochs * batches.batchesPerEpoch;
  const run = { ...options, batches };
  using batch = new BatchBuffer(model, data, batchSize);
  const found = options.resume && await resume(options.resume, run);
  const state = options.state ?? found?.state ?? initialState(options, batch);
  try {
    const { epoch, index } = batches.position;
    const taken = epoch * batches.batchesPerEpoch + index;
    const resumed = found && { step: taken, name: found.name, refused: found.refused };
    const checkpoints = new CheckpointSchedule(options.checkpoint, { ...run, state }, taken);
    for (let step = taken + 1; step <= totalSteps; step++) {
      if (signal?.aborted || milliseconds() - start >= timeBudgetMs) {
        await checkpoints.after(step - 1, { last: true });
        return;
      }
      const { epoch } = batches.position;
      batch.fill(batches.next());
      const outcome = takeStep(options, state, batch);
      const isEpochEnd = step % batches.batchesPerEpoch === 0;
      const metrics = isEpochEnd ? measure(options) : undefined;
      const checkpoint = await checkpoints.after(step, { last: step === totalSteps });
      yield { step, totalSteps, epoch, ...outcome, metrics, state, checkpoint, resumed };
      await Promise.resolve();
    }
  } finally {
    if (!options.state) state.dispose();
  }
}

/** Tensors of one batch that are filled again and again. */
class BatchBuffer implements Batch {
  readonly input: Tensor;
  readonly target: Tensor;
  readonly #data: Dataset;

  constructor(model: Model, data: Dataset, batchSize: number) {
    this.#data = data;
    this.input = new Tensor(model.dtype, [batchSize, ...data.inputShape]);
    this.target = new Tensor(model.dtype, [batchSize, ...data.targetShape]);
  }

  fill(rows: ArrayLike<number>): this {
    this.#data.fill(rows, this.input, this.target);
    return this;
  }

  [DISPOSE](): void {
    this.input.dispose();
    this.target.dispose();
  }
}

/** A state that has seen every batch of an epoch once. */
function initialState(options: TrainOptions, batch: BatchBuffer): OptimizerState {
  const { model, loss, optimizer, data, batchSize, seed = 0 } = options;
  const batches = new Batches(data.size, { batchSize, seed });
  const warmStart = {
    *[Symbol.iterator](): Iterator<Batch> {
      for (let i = 0; i < batches.batchesPerEpoch; i++) yield batch.fill(batches.next());
    },
  };
  return optimizer.init(model, { loss, warmStart });
}

type Outcome = Pick<TrainProgress, "loss" | "report" | "skipped">;

function takeStep(options: TrainOptions, state: OptimizerState, batch: Batch): Outcome {
  const { model, loss, optimizer, onNonFinite = "throw" } = options;
  try {
    const report = optimizer.step(state, { model, loss, batch });
    return { loss: report.loss, report, skipped: undefined };
  } catch (error) {
    if (!(error instanceof NonFiniteError) || onNonFinite === "throw") throw error;
    return { loss: NaN, report: undefined, skipped: error };
  }
}

function measure(options: TrainOptions): Record<string, number> | undefined {
  const { model, loss, batchSize, metrics = [], evaluate: sets } = options;
  if (!sets) return undefined;
  const figures: Record<string, number> = {};
  for (const [set, data] of Object.entries(sets)) {
    const found = evaluate(model, loss, data, { batchSize, metrics });
    for (const [name, value] of Object.entries(found)) figures[`${set}.${name}`] = value;
  }
  return figures;
}

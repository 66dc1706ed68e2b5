// What `train()` is told, and what it reports.
import { MAXIMUM_EPOCHS } from "../data/batches.ts";
import { checkDataset, type Dataset } from "../data/dataset.ts";
import { checkIsLoss, type Loss } from "../nn/losses/loss.ts";
import { checkIsModel, type Model } from "../nn/model.ts";
import {
  checkState,
  type Optimizer,
  OptimizerState,
  type StepReport,
} from "../optimizers/optimizer.ts";
import {
  checkBoolean,
  checkMethods,
  checkNumber,
  checkObject,
  checkOptions,
  checkWhole,
} from "../runtime/arguments.ts";
import type { NonFiniteError } from "../runtime/errors.ts";
import type { HostSignal } from "../runtime/host_types.ts";
import type { CheckpointStore } from "./checkpoint/store.ts";
import {
  checkCheckpointOptions,
  type CheckpointOptions,
  type Resumed,
} from "./checkpoint/train_options.ts";
import { checkMetrics, type Metric } from "./metrics.ts";

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
  /** Samples to judge steps by, all in one batch, where the optimizer does so. @default none */
  readonly validation?: Dataset;
  /** Figures besides the loss. @default none */
  readonly metrics?: readonly Metric[];
  /** What a step that meets NaN or infinity does: ends training, or is skipped. @default "throw" */
  readonly onNonFinite?: "throw" | "skip";
  /** Milliseconds after which no further step begins. @default no limit */
  readonly timeBudgetMs?: number;
  /** Ends training between two steps. */
  readonly signal?: HostSignal;
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
  /** "name.loss", "name.metric" of `evaluate`; present after the last step of an epoch, and of a run that validation ended. */
  readonly metrics: Readonly<Record<string, number>> | undefined;
  /** The optimizer's state. */
  readonly state: OptimizerState;
  /** The name of the checkpoint that was stored after the step; absent when none was due. */
  readonly checkpoint: string | undefined;
  /** Where the run was continued; absent when it began anew. */
  readonly resumed: Resumed | undefined;
}

/** Refuses options of `train()` of the wrong type or out of range, before anything is allocated. */
export function checkTrainOptions(options: TrainOptions): void {
  checkOptions("train", options);
  const { model, loss, optimizer, data, state, evaluate, metrics, checkpoint, resume } = options;
  checkIsModel("train", model);
  checkIsLoss("train", loss);
  checkMethods("train", "the optimizer", optimizer, ["init", "step"]);
  checkDataset("train", data);
  if (state !== undefined) checkState("train", OptimizerState, state);
  if (metrics !== undefined) checkMetrics("train", metrics);
  if (evaluate !== undefined) {
    checkObject("train", "evaluate", evaluate);
    for (const set of Object.values(evaluate)) checkDataset("train", set);
  }
  checkValidation(options);
  if (checkpoint !== undefined) {
    checkObject("train", "checkpoint", checkpoint);
    checkCheckpointOptions(checkpoint);
  }
  if (resume !== undefined) {
    if (!ArrayBuffer.isView(resume)) checkMethods("train", "resume", resume, ["names", "read"]);
    if (state !== undefined) {
      throw new TypeError("Cannot train: a run either resumes or goes on with a state");
    }
  }
  checkEnds(options);
}

/** Refuses a validation set that the optimizer does not take, or the want of one that it asks for. */
function checkValidation({ validation, optimizer }: TrainOptions): void {
  if (validation !== undefined) checkDataset("train", validation);
  const { needsValidation = false } = optimizer;
  checkBoolean("train", "needsValidation of the optimizer", needsValidation);
  if (needsValidation === (validation !== undefined)) return;
  throw new TypeError(
    needsValidation
      ? "Cannot train: the optimizer judges its steps by a validation set, and there is none"
      : "Cannot train: the optimizer judges no steps by a validation set; evaluate only measures one",
  );
}

/** Refuses limits of the run that have no meaning. */
function checkEnds({ epochs, timeBudgetMs, onNonFinite, signal }: TrainOptions): void {
  checkWhole("train", "epochs", epochs, 1, MAXIMUM_EPOCHS);
  if (timeBudgetMs !== undefined && timeBudgetMs !== Infinity) {
    checkNumber("train", "timeBudgetMs", timeBudgetMs, "non-negative");
  }
  if (signal !== undefined) {
    checkObject("train", "the signal", signal);
    checkBoolean("train", "aborted of the signal", signal.aborted);
  }
  if (onNonFinite !== undefined && onNonFinite !== "throw" && onNonFinite !== "skip") {
    throw new TypeError(`Cannot train: onNonFinite must be "throw" or "skip"`);
  }
}

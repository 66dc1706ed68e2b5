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
  namesOf,
} from "../runtime/arguments.ts";
import type { NonFiniteError } from "../runtime/errors.ts";
import { checkSignal } from "../runtime/signal.ts";
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
  /**
   * Samples of which no step is made, on which the loss is taken after each epoch. An optimizer with `needsValidation`
   * judges its steps by them instead, all in one batch, and epochs are only judged where `patience` or `restoreBest` is
   * given. @default none
   */
  readonly validation?: Dataset;
  /** Epochs without a better validation loss after which training ends. @default it does not */
  readonly patience?: number;
  /** Whether the model has the parameters of the epoch with the best validation loss when training ends. @default false */
  readonly restoreBest?: boolean;
  /** Figures besides the loss. @default none */
  readonly metrics?: readonly Metric[];
  /** What a step that meets NaN or infinity does: ends training, or is skipped. @default "throw" */
  readonly onNonFinite?: "throw" | "skip";
  /** Milliseconds after which no further step begins. @default no limit */
  readonly timeBudgetMs?: number;
  /** Ends training between two steps, within 50 ms where none takes longer; one that is in parts is given up. */
  readonly signal?: HostSignal;
}

/**
 * Why a run ended: all epochs are done, patience with the validation loss is at its end, the optimizer's own
 * validation ended it, the signal was aborted, or the time is used up.
 */
export type RunEnding = "epochs" | "patience" | "validation" | "signal" | "time-budget";

const NAMES = namesOf<TrainOptions>({
  model: true,
  loss: true,
  optimizer: true,
  data: true,
  batchSize: true,
  epochs: true,
  seed: true,
  state: true,
  checkpoint: true,
  resume: true,
  evaluate: true,
  validation: true,
  patience: true,
  restoreBest: true,
  metrics: true,
  onNonFinite: true,
  timeBudgetMs: true,
  signal: true,
});

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
  /** Loss on the validation set, infinite where it is not finite; present after the last step of an epoch that was judged. */
  readonly validationLoss: number | undefined;
  /** The lowest of these so far; present once there is a finite one. */
  readonly bestValidationLoss: number | undefined;
  /**
   * "name.loss", "name.metric" of `evaluate`; present after the last step of an epoch, and of a run that validation ended.
   * Where training ends with the best parameters, those of the last report are theirs.
   */
  readonly metrics: Readonly<Record<string, number>> | undefined;
  /** The optimizer's state. */
  readonly state: OptimizerState;
  /** The name of the checkpoint that was stored after the step; absent when none was due. */
  readonly checkpoint: string | undefined;
  /** Where the run was continued; absent when it began anew. */
  readonly resumed: Resumed | undefined;
  /** Why this report is the last; absent in all others, and where the loop around them aborts the signal after it. */
  readonly ending: RunEnding | undefined;
}

/** Refuses options of `train()` of the wrong type or out of range, before anything is allocated. */
export function checkTrainOptions(options: TrainOptions): void {
  checkObject("train", "the options", options, "one object, { model, loss, optimizer, data, … }");
  checkOptions("train", options, NAMES);
  const { model, loss, optimizer, data, state, evaluate, metrics, checkpoint, resume } = options;
  checkIsModel("train", model);
  checkIsLoss("train", loss);
  checkMethods(
    "train",
    "the optimizer",
    optimizer,
    ["init", "step"],
    "an optimizer, such as adam() makes",
  );
  checkDataset("train", data);
  if (state !== undefined) checkState("train", OptimizerState, state);
  if (metrics !== undefined) checkMetrics("train", metrics);
  if (evaluate !== undefined) {
    checkObject("train", "evaluate", evaluate, "an object of data sets by name, as { test }");
    if ("fill" in evaluate) {
      throw new TypeError(
        "Cannot train: evaluate takes data sets by name, write evaluate: { test }",
      );
    }
    for (const set of Object.values(evaluate)) checkDataset("train", set);
  }
  checkValidation(options);
  if (checkpoint !== undefined) checkCheckpointOptions(checkpoint);
  if (resume !== undefined) {
    if (!ArrayBuffer.isView(resume)) {
      checkMethods(
        "train",
        "resume",
        resume,
        ["names", "read"],
        "a checkpoint's bytes or a store, such as fileStore() makes",
      );
    }
    if (state !== undefined) {
      throw new TypeError("Cannot train: a run either resumes or goes on with a state");
    }
  }
  checkEnds(options);
}

/** Refuses what has no meaning for a validation set, or the want of one that is asked for. */
function checkValidation({ validation, optimizer, patience, restoreBest }: TrainOptions): void {
  if (validation !== undefined) checkDataset("train", validation);
  const { needsValidation = false } = optimizer;
  checkBoolean("train", "needsValidation of the optimizer", needsValidation);
  if (patience !== undefined) checkWhole("train", "patience", patience, 1);
  if (restoreBest !== undefined) checkBoolean("train", "restoreBest", restoreBest);
  if (validation !== undefined) return;
  const asking = needsValidation
    ? "the optimizer judges its steps"
    : patience !== undefined || restoreBest
    ? "patience and restoreBest judge epochs"
    : undefined;
  if (asking) throw new TypeError(`Cannot train: ${asking} by a validation set, and there is none`);
}

/** True where epochs are judged: the optimizer does not judge by itself, or the run is asked to all the same. */
export function judgesEpochs(
  { validation, optimizer, patience, restoreBest = false }: TrainOptions,
): boolean {
  if (validation === undefined) return false;
  return !optimizer.needsValidation || patience !== undefined || restoreBest;
}

/** Refuses limits of the run that have no meaning. */
function checkEnds({ epochs, timeBudgetMs, onNonFinite, signal }: TrainOptions): void {
  checkWhole("train", "epochs", epochs, 1, MAXIMUM_EPOCHS);
  if (timeBudgetMs !== undefined && timeBudgetMs !== Infinity) {
    checkNumber("train", "timeBudgetMs", timeBudgetMs, "non-negative");
  }
  if (signal !== undefined) checkSignal("train", signal);
  if (onNonFinite !== undefined && onNonFinite !== "throw" && onNonFinite !== "skip") {
    throw new TypeError(`Cannot train: onNonFinite must be "throw" or "skip"`);
  }
}

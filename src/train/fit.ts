import type { RunEnding, TrainOptions, TrainProgress } from "./options.ts";
import { start } from "./train.ts";

/** What an epoch of `fit()` came to. */
export interface EpochReport {
  /** The pass over the data, counted from 0. */
  readonly epoch: number;
  /** Steps of the run at its end. */
  readonly step: number;
  /** Mean of the losses that its steps reported, those that were skipped left out; NaN when all were. */
  readonly loss: number;
  /** Loss on the validation set; absent where epochs are not judged. */
  readonly validationLoss: number | undefined;
  /** "name.loss", "name.metric" of `evaluate`; absent without such sets. */
  readonly metrics: Readonly<Record<string, number>> | undefined;
}

/** What `fit()` came to. */
export interface FitResult {
  /** Why it ended. */
  readonly ending: RunEnding;
  /** The report of the last step, whose state is disposed unless it was given; absent when there was no step to take. */
  readonly last: TrainProgress | undefined;
  /** Every epoch that was finished, those before a checkpoint left out, and one that ended the run in the middle. */
  readonly epochs: readonly EpochReport[];
}

/**
 * Trains a model to the end: what `train()` does, to the bit, with the same options, without a loop.
 *
 * The event loop runs as it does there. A run that `signal` or `timeBudgetMs` ends is a result too, and `ending` says so.
 *
 * @throws {TypeError} when an option has the wrong type, or data, loss and model do not suit each other.
 * @throws {RangeError} when a number is out of range.
 * @throws {NonFiniteError} when a step meets NaN or infinity and `onNonFinite` is "throw"; parameters and
 * state are as before that step. It says in which step, the loss before it, and what may help.
 * @throws {CheckpointMismatchError} when the checkpoint to resume belongs to another run.
 * @throws {CheckpointFormatError} when the checkpoint to resume is none.
 * @throws {CheckpointIntegrityError} when a byte of the checkpoint to resume is not as it was written.
 * @throws {CheckpointStoreError} when the host fails to store or to fetch a checkpoint.
 *
 * @example
 * ```ts
 * import { dataset, dense, fit, kBfgs, sequential, squaredError } from "curvature";
 * import { assert, assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * const data = dataset({ input: [1, 2], target: [2, 4], inputShape: [1], targetShape: [1] });
 * const { ending, epochs } = await fit({
 *   model,
 *   loss: squaredError(),
 *   optimizer: kBfgs(),
 *   data,
 *   batchSize: 2,
 *   epochs: 100,
 * });
 * assertEquals([ending, epochs.length], ["epochs", 100]);
 * assert(epochs[99].loss < 0.1);
 * ```
 */
export async function fit(options: TrainOptions): Promise<FitResult> {
  const { run, course } = start(options);
  const epochs: EpochReport[] = [];
  let last: TrainProgress | undefined;
  let sum = 0, count = 0;
  for await (const progress of run) {
    const { epoch, step, totalSteps, loss, validationLoss, metrics, ending, skipped } = progress;
    if (last && last.epoch < epoch) [sum, count] = [0, 0];
    last = progress;
    if (!skipped) [sum, count] = [sum + loss, count + 1];
    const isEpochEnd = step % (totalSteps / options.epochs) === 0;
    if (!isEpochEnd && !ending) continue;
    epochs.push({ epoch, step, loss: sum / count, validationLoss, metrics });
  }
  return { ending: course.ending ?? "epochs", last, epochs };
}

import { Batches } from "../data/batches.ts";
import type { Batch } from "../nn/linearization.ts";
import type { OptimizerState, Problem } from "../optimizers/optimizer.ts";
import { milliseconds } from "../runtime/clock.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { randomKey, STREAMS } from "../tensor/random.ts";
import { BatchBuffer, wholeBatch } from "./batch_buffer.ts";
import { CheckpointSchedule, resume } from "./checkpoint/train_options.ts";
import { evaluate } from "./evaluate.ts";
import { checkTrainOptions, type TrainOptions, type TrainProgress } from "./options.ts";

/**
 * Trains a model, one progress report for each step; between two reports control is with the caller.
 *
 * The first state is warm-started over one epoch, which methods without curvature ignore. Training ends
 * cleanly between steps when the signal is aborted, the time budget is used up, or the caller leaves the
 * loop; a step is never cut. The same seed gives the same bits on every runtime.
 *
 * An optimizer that judges its steps by a `validation` set (`needsValidation`) ends training with the step whose report
 * says `stop: "validation"`; a run that ended so goes on for another round when it resumes. Its other stop reasons are
 * those of one batch: leave the loop to end at them.
 *
 * A run that resumes continues with the bits of an uninterrupted one, on whatever runtime. Give it the options
 * of the first part; `checkpoint` and `resume` may name the same store.
 *
 * @throws {TypeError} when an option has the wrong type, or data, loss and model do not suit each other.
 * @throws {RangeError} when a number is out of range.
 * @throws {NonFiniteError} when a step meets NaN or infinity and `onNonFinite` is "throw"; parameters and
 * state are as before that step.
 * @throws {CheckpointMismatchError} when the checkpoint to resume belongs to another run.
 * @throws {CheckpointFormatError} when what to resume is not a checkpoint.
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
export function train(options: TrainOptions): AsyncGenerator<TrainProgress, void, void> {
  checkTrainOptions(options);
  const { data, batchSize, seed = 0 } = options;
  return steps(options, new Batches(data.size, { batchSize, seed }));
}

async function* steps(
  options: TrainOptions,
  batches: Batches,
): AsyncGenerator<TrainProgress, void, void> {
  const {
    model,
    loss,
    optimizer,
    data,
    batchSize,
    epochs,
    seed = 0,
    timeBudgetMs = Infinity,
    signal,
  } = options;
  const start = milliseconds();
  const totalSteps = epochs * batches.batchesPerEpoch;
  const run = { model, loss, optimizer, batches };
  using batch = new BatchBuffer(model, data, batchSize);
  using validation = wholeBatch(model, options.validation);
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
      batch.key = randomKey(seed, STREAMS.dropout, step - 1);
      const outcome = takeStep(options, state, { batch, ...(validation && { validation }) });
      const isOver = outcome.report?.stop === "validation";
      const isEpochEnd = step % batches.batchesPerEpoch === 0;
      const metrics = isEpochEnd || isOver ? measure(options) : undefined;
      const checkpoint = await checkpoints.after(step, { last: isOver || step === totalSteps });
      yield { step, totalSteps, epoch, ...outcome, metrics, state, checkpoint, resumed };
      if (isOver) return;
      await Promise.resolve();
    }
  } finally {
    if (!options.state) state.dispose();
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

function takeStep(
  options: TrainOptions,
  state: OptimizerState,
  batches: Pick<Problem, "batch" | "validation">,
): Outcome {
  const { model, loss, optimizer, onNonFinite = "throw" } = options;
  try {
    const report = optimizer.step(state, { model, loss, ...batches });
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

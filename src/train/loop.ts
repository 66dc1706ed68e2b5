// The loop of `train()` and `fit()`: a step, what is due after it, a report.
import { Batches } from "../data/batches.ts";
import type { Batch } from "../nn/linearization.ts";
import type { OptimizerState } from "../optimizers/optimizer.ts";
import { partsOf } from "../optimizers/parts_of.ts";
import { milliseconds } from "../runtime/clock.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import type { InParts } from "../runtime/parts.ts";
import { Turns } from "../runtime/turns.ts";
import { randomKey, STREAMS } from "../tensor/random.ts";
import { BatchBuffer, wholeBatch } from "./batch_buffer.ts";
import { CheckpointSchedule, resume } from "./checkpoint/train_options.ts";
import { explained, type Place } from "./divergence.ts";
import { EpochJudge } from "./epoch_judge.ts";
import { evaluation } from "./evaluation.ts";
import { judgesEpochs, type RunEnding, type TrainOptions, type TrainProgress } from "./options.ts";
import type { HostSignal } from "../runtime/host_types.ts";

/** What becomes of a run. */
export interface Course {
  /** True once somebody asked for the first step. */
  isBegun: boolean;
  /** Why it ended by itself. */
  ending: RunEnding | undefined;
}

/** Takes the steps of a run whose options were checked. */
export async function* steps(
  options: TrainOptions,
  batches: Batches,
  course: Course,
): AsyncGenerator<TrainProgress, void, void> {
  course.isBegun = true;
  const { model, data, batchSize, epochs, seed = 0, optimizer } = options;
  const { batchesPerEpoch } = batches;
  const totalSteps = epochs * batchesPerEpoch;
  const run = { ...options, batches };
  const pace = new Pace(options), inParts = partsOf(optimizer.step);
  using batch = new BatchBuffer(model, data, batchSize);
  using validation = optimizer.needsValidation ? wholeBatch(model, options.validation) : undefined;
  using judge = makeJudge(options);
  const found = options.resume && await resume(options.resume, run, judge);
  const state = options.state ?? found?.state ??
    await initialState(options, batch, pace);
  if (!state) {
    course.ending = "signal";
    return;
  }
  try {
    const { epoch, index } = batches.position;
    const taken = epoch * batchesPerEpoch + index;
    const resumed = found && { step: taken, name: found.name, refused: found.refused };
    const checkpoints = new CheckpointSchedule(options.checkpoint, { ...run, state }, taken, judge);
    const endingAfter = (step: number): RunEnding | undefined =>
      judge?.isOver ? "patience" : step >= totalSteps ? "epochs" : pace.ending;

    // A run that was cut between the last step of an epoch and its verdict.
    if (judge && judge.judged < epoch && index === 0) await pace.through(judge.judge(epoch));
    const problem = { model, loss: options.loss, batch, ...(validation && { validation }) };
    let step = taken, lossBefore: number | undefined;
    let ending = endingAfter(step);
    while (!ending) {
      const { position } = batches;
      batch.fill(batches.next());
      batch.key = randomKey(seed, STREAMS.dropout, step);
      let outcome: Outcome | undefined;
      try {
        const report = inParts
          ? await pace.through(inParts(state, problem))
          : optimizer.step(state, problem);
        outcome = report && { loss: report.loss, report, skipped: undefined };
      } catch (error) {
        const action = `take step ${step + 1} of ${totalSteps}`;
        outcome = skippedFor(error, options, { action, optimizerStep: state.step, lossBefore });
      }
      if (!outcome) {
        batches.position = position;
        ending = "signal";
        break;
      }
      step++;
      if (outcome.report) lossBefore = outcome.loss;
      if (pace.turns.isDue) await pace.turns.take();
      const isEpochEnd = step % batchesPerEpoch === 0;
      const isJudged = isEpochEnd && judge !== undefined;
      const validationLoss = isJudged
        ? await pace.through(judge.judge(position.epoch + 1))
        : undefined;
      const isCut = isJudged && validationLoss === undefined;
      const isOver = outcome.report?.stop === "validation";
      ending = isOver ? "validation" : isCut ? "signal" : endingAfter(step);
      const checkpoint = await checkpoints.after(step, { last: ending !== undefined });
      // The best parameters of an optimizer that ended the run by itself are better still.
      if (ending && !isOver) judge?.putBestBack();
      const isMeasured = options.evaluate !== undefined && (isEpochEnd || isOver);
      const metrics = isMeasured
        ? await measure(options, pace, { optimizerStep: state.step, lossBefore })
        : undefined;
      const bestValidationLoss = judge && judge.best < Infinity ? judge.best : undefined;
      yield {
        step,
        totalSteps,
        epoch: position.epoch,
        loss: outcome.loss,
        report: outcome.report,
        skipped: outcome.skipped,
        validationLoss,
        bestValidationLoss,
        metrics,
        state,
        checkpoint,
        resumed,
        ending,
      };
      if (ending) {
        course.ending = ending;
        return;
      }
      ending = endingAfter(step);
    }
    course.ending = ending;
    await checkpoints.after(step, { last: true });
    judge?.putBestBack();
  } finally {
    if (!options.state) state.dispose();
  }
}

/** Lets the event loop run, and knows when the run is to end. */
class Pace {
  /** To be looked at after each step. */
  readonly turns = new Turns();
  readonly #signal: HostSignal | undefined;
  readonly #end: number;

  constructor({ signal, timeBudgetMs = Infinity }: TrainOptions) {
    this.#signal = signal;
    this.#end = milliseconds() + timeBudgetMs;
  }

  /** Why no further step should begin. */
  get ending(): RunEnding | undefined {
    if (this.#signal?.aborted) return "signal";
    return this.#end < Infinity && milliseconds() >= this.#end ? "time-budget" : undefined;
  }

  /** Computes all parts; undefined where the signal was aborted between two of them. */
  async through<T>(parts: InParts<T>): Promise<T | undefined> {
    while (true) {
      if (this.#signal?.aborted) {
        parts.return(undefined as never);
        return undefined;
      }
      const { done, value } = parts.next();
      if (done) return value;
      if (this.turns.isDue) await this.turns.take();
    }
  }
}

function makeJudge(options: TrainOptions): EpochJudge | undefined {
  const { model, loss, validation, batchSize, patience = Infinity, restoreBest = false } = options;
  if (!validation || !judgesEpochs(options)) return undefined;
  return new EpochJudge({ model, loss, validation, batchSize, patience, restoreBest });
}

/** A state that has seen every batch of an epoch once; undefined where the signal was aborted before that. */
async function initialState(
  options: TrainOptions,
  batch: BatchBuffer,
  pace: Pace,
): Promise<OptimizerState | undefined> {
  const { model, loss, optimizer, data, batchSize, seed = 0 } = options;
  const batches = new Batches(data.size, { batchSize, seed });
  const warmStart = {
    *[Symbol.iterator](): Iterator<Batch> {
      for (let i = 0; i < batches.batchesPerEpoch; i++) yield batch.fill(batches.next());
    },
  };
  const parts = partsOf(optimizer.init)?.(model, { loss, warmStart });
  return parts ? await pace.through(parts) : optimizer.init(model, { loss, warmStart });
}

type Outcome = Pick<TrainProgress, "loss" | "report" | "skipped">;

/** The outcome of a step that failed; throws where that ends training. */
function skippedFor(
  error: unknown,
  { optimizer, onNonFinite = "throw" }: TrainOptions,
  place: Omit<Place, "canSkip">,
): Outcome {
  if (!(error instanceof NonFiniteError)) throw error;
  const canSkip = onNonFinite === "throw";
  const skipped = explained(error, optimizer, { ...place, canSkip });
  if (canSkip) throw skipped;
  return { loss: NaN, report: undefined, skipped };
}

/** Figures of all sets that are evaluated; undefined where the signal cut it. */
async function measure(
  { model, loss, optimizer, batchSize, metrics = [], evaluate: sets = {} }: TrainOptions,
  pace: Pace,
  place: Omit<Place, "action" | "canSkip">,
): Promise<Record<string, number> | undefined> {
  const figures: Record<string, number> = {};
  for (const [set, data] of Object.entries(sets)) {
    const action = `evaluate "${set}"`;
    try {
      const found = await pace.through(evaluation(model, loss, data, { batchSize, metrics }));
      if (!found) return undefined;
      for (const [name, value] of Object.entries(found)) figures[`${set}.${name}`] = value;
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      throw explained(error, optimizer, { ...place, action, canSkip: false });
    }
  }
  return figures;
}

import { Batches } from "../data/batches.ts";
import { macrotask } from "../runtime/macrotask.ts";
import { type Course, steps } from "./loop.ts";
import { checkTrainOptions, type TrainOptions, type TrainProgress } from "./options.ts";

/**
 * Trains a model, one progress report for each step; between two reports control is with the caller.
 *
 * It is an async generator: nothing trains until it is iterated. `fit()` runs to the end by itself. To await what
 * `train()` returns says so on the console, if no step is asked for right after.
 *
 * The first state is warm-started over one epoch, which methods without curvature ignore. Training ends
 * cleanly between steps when the signal is aborted, the time budget is used up, or the caller leaves the
 * loop; the last report says why. A step is never cut, but for one of `hessianFree()` or `blockHessianFree()`, which is
 * then as if it had not begun. The same seed gives the same bits on every runtime.
 *
 * The event loop runs about every 10 ms, or after each step that takes longer: timers tick, a page draws, and a signal
 * acts. No result depends on when.
 *
 * With a `validation` set its loss is taken after each epoch, whatever the optimizer; `patience` counts epochs without a
 * better one and ends training, and `restoreBest` leaves the model with the parameters of the best epoch wherever the run
 * ends by itself. An optimizer that judges its steps by the set (`needsValidation`, as `levenbergMarquardt({ patience })`)
 * ends training with the step whose report says `stop: "validation"`, with its own best parameters; a run that ended so
 * goes on for another round when it resumes. Both may be asked for, and the first ends the run. The optimizer's other stop
 * reasons are those of one batch: leave the loop to end at them.
 *
 * A run that resumes continues with the bits of an uninterrupted one, on whatever runtime; what is known of epochs belongs
 * to the checkpoint. Give it the options of the first part; `checkpoint` and `resume` may name the same store. A run that
 * had ended takes no further step.
 *
 * @throws {TypeError} when an option has the wrong type, or data, loss and model do not suit each other.
 * @throws {RangeError} when a number is out of range.
 * @throws {NonFiniteError} when a step meets NaN or infinity and `onNonFinite` is "throw"; parameters and
 * state are as before that step. It says in which step, the loss before it, and what may help.
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
  const { run, course } = start(options);
  return warnWhenAwaited(run, course);
}

/** Checks the options of a run; it has not begun. */
export function start(
  options: TrainOptions,
): { readonly run: AsyncGenerator<TrainProgress, void, void>; readonly course: Course } {
  checkTrainOptions(options);
  const { data, batchSize, seed = 0 } = options;
  const course: Course = { isBegun: false, ending: undefined };
  return { run: steps(options, new Batches(data.size, { batchSize, seed }), course), course };
}

/**
 * `await` asks everything for `then`, also what is returned by an async function. It is undefined, so that the run
 * stays what it is; who awaited it to train it has asked for no step when the event loop comes around.
 */
function warnWhenAwaited(
  run: AsyncGenerator<TrainProgress, void, void>,
  course: Course,
): AsyncGenerator<TrainProgress, void, void> {
  let isAsked = false;
  return Object.defineProperty(run, "then", {
    get(): undefined {
      if (!isAsked && !course.isBegun) void macrotask().then(() => warnUnlessBegun(course));
      isAsked = true;
    },
  });
}

function warnUnlessBegun({ isBegun }: Course): void {
  if (isBegun) return;
  console.warn(
    "train() was awaited and has trained nothing: iterate what it returns, " +
      "for await (const progress of train(options)), or await fit(options)",
  );
}

import type { Dataset } from "../data/dataset.ts";
import type { Loss } from "../nn/losses/loss.ts";
import type { Model } from "../nn/model.ts";
import { finish, finishInTurns } from "../runtime/parts.ts";
import { Turns } from "../runtime/turns.ts";
import { checkEvaluation, EVALUATE, type EvaluateOptions, evaluation } from "./evaluation.ts";

export type { EvaluateOptions };

/**
 * The mean loss and metrics of a model over a whole data set, by their names; the loss is "loss".
 *
 * Where outputs are steps of sequences with lengths, metrics see valid steps as samples of their own. No timer ticks while
 * it computes, so the signal is of use where it says `aborted` by itself: one that a metric aborts, or any object whose
 * `aborted` looks at shared memory. `evaluateAsync()` hears the others.
 *
 * @throws {TypeError} when an argument has the wrong type, or the data do not suit model and loss.
 * @throws {RangeError} when `batchSize` is not whole and positive.
 * @throws {NonFiniteError} when the loss is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 * @throws {DOMException} or whatever else the reason of a signal is that was aborted.
 *
 * @example
 * ```ts
 * import { dataset, dense, evaluate, sequential, squaredError } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * const data = dataset({ input: [1, 2], target: [2, 4], inputShape: [1], targetShape: [1] });
 * assert(evaluate(model, squaredError(), data).loss > 0);
 * ```
 */
export function evaluate(
  model: Model,
  loss: Loss,
  data: Dataset,
  options: EvaluateOptions = {},
): Record<string, number> {
  checkEvaluation(model, loss, data, options);
  return finish(EVALUATE, evaluation(model, loss, data, options), options.signal);
}

/**
 * The same as `evaluate()`, to the bit, and lets the event loop run at least every 10 ms or after each batch: a page
 * stays alive, and a signal acts before the next batch. Leave the parameters alone until it has ended.
 *
 * @throws {TypeError} when an argument has the wrong type, or the data do not suit model and loss.
 * @throws {RangeError} when `batchSize` is not whole and positive.
 * @throws {NonFiniteError} when the loss is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 * @throws {DOMException} or whatever else the reason of a signal is that was aborted.
 *
 * @example
 * ```ts
 * import { dataset, dense, evaluateAsync, sequential, squaredError } from "curvature";
 * import { assert } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * const data = dataset({ input: [1, 2], target: [2, 4], inputShape: [1], targetShape: [1] });
 * const signal = AbortSignal.timeout(10_000);
 * const { loss } = await evaluateAsync(model, squaredError(), data, { signal });
 * assert(loss > 0);
 * ```
 */
export async function evaluateAsync(
  model: Model,
  loss: Loss,
  data: Dataset,
  options: EvaluateOptions = {},
): Promise<Record<string, number>> {
  checkEvaluation(model, loss, data, options);
  const parts = evaluation(model, loss, data, options);
  return await finishInTurns(EVALUATE, parts, new Turns(), options.signal);
}

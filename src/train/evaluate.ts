import type { Dataset } from "../data/dataset.ts";
import type { Loss } from "../nn/losses/loss.ts";
import type { Model } from "../nn/model.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Metric } from "./metrics.ts";

/** Settings of `evaluate()`. */
export interface EvaluateOptions {
  /** Samples in one pass. @default 1000 */
  readonly batchSize?: number;
  /** Figures besides the loss. @default none */
  readonly metrics?: readonly Metric[];
}

/**
 * The mean loss and metrics of a model over a whole data set, by their names; the loss is "loss".
 *
 * @throws {TypeError} when the data do not suit model and loss.
 * @throws {RangeError} when `batchSize` is not whole and positive.
 * @throws {NonFiniteError} when the loss is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
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
  const { batchSize = 1000, metrics = [] } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Cannot evaluate: batchSize must be whole and positive, not ${batchSize}`);
  }
  const totals: Record<string, number> = { loss: 0 };
  for (const { name } of metrics) totals[name] = 0;
  for (let start = 0; start < data.size; start += batchSize) {
    const count = Math.min(batchSize, data.size - start);
    const rows = Array.from({ length: count }, (_, i) => start + i);
    using input = new Tensor(model.dtype, [count, ...data.inputShape]);
    using target = new Tensor(model.dtype, [count, ...data.targetShape]);
    data.fill(rows, input, target);
    using lin = model.linearize(loss, { input, target });
    totals.loss += lin.loss * count;
    for (const { name, evaluate } of metrics) totals[name] += evaluate(lin.output, target);
  }
  for (const name of Object.keys(totals)) totals[name] /= data.size;
  return totals;
}

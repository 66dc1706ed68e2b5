import { checkDataset, type Dataset } from "../data/dataset.ts";
import { checkIsLoss, type Loss } from "../nn/losses/loss.ts";
import { checkIsModel, type Model } from "../nn/model.ts";
import { checkNumber, checkOptions, namesOf } from "../runtime/arguments.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkMetrics, type Metric } from "./metrics.ts";

/** Settings of `evaluate()`. */
export interface EvaluateOptions {
  /** Samples in one pass. @default 1000 */
  readonly batchSize?: number;
  /** Figures besides the loss. @default none */
  readonly metrics?: readonly Metric[];
}

const NAMES = namesOf<EvaluateOptions>({ batchSize: true, metrics: true });

/**
 * The mean loss and metrics of a model over a whole data set, by their names; the loss is "loss".
 *
 * Where outputs are steps of sequences with lengths, metrics see valid steps as samples of their own.
 *
 * @throws {TypeError} when an argument has the wrong type, or the data do not suit model and loss.
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
  checkIsModel("evaluate", model);
  checkIsLoss("evaluate", loss);
  checkDataset("evaluate", data);
  checkOptions("evaluate", options, NAMES);
  const { batchSize = 1000, metrics = [] } = options;
  checkNumber("evaluate", "batchSize", batchSize, "count");
  checkMetrics("evaluate", metrics);
  const { lengths: all } = data;
  let [lossTotal, counted] = [0, 0];
  const totals = new Map<string, number>();
  for (let start = 0; start < data.size; start += batchSize) {
    const count = Math.min(batchSize, data.size - start);
    const rows = Array.from({ length: count }, (_, i) => start + i);
    using input = new Tensor(model.dtype, [count, ...data.inputShape]);
    using target = new Tensor(model.dtype, [count, ...data.targetShape]);
    data.fill(rows, input, target);
    const lengths = all && rows.map((row) => all[row]);
    using lin = model.linearize(loss, { input, target, lengths });
    lossTotal += lin.loss * count;
    const shown = lin.counted;
    counted += shown.output.shape[0];
    for (const metric of metrics) {
      const total = totals.get(metric.name) ?? 0;
      totals.set(metric.name, total + metric.evaluate(shown.output, shown.target));
    }
  }
  const means = [...totals].map(([name, total]) => [name, total / counted] as const);
  return Object.fromEntries([["loss", lossTotal / data.size] as const, ...means]);
}

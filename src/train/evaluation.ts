// The loss and metrics of a data set, batch after batch.
import { checkDataset, type Dataset } from "../data/dataset.ts";
import { checkIsLoss, type Loss } from "../nn/losses/loss.ts";
import { checkIsModel, type Model } from "../nn/model.ts";
import { checkNumber, checkOptions, namesOf } from "../runtime/arguments.ts";
import type { HostSignal } from "../runtime/host_types.ts";
import type { InParts } from "../runtime/parts.ts";
import { checkSignal } from "../runtime/signal.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkMetrics, type Metric } from "./metrics.ts";

/** Settings of `evaluate()` and `evaluateAsync()`. */
export interface EvaluateOptions {
  /** Samples in one pass. @default 1000 */
  readonly batchSize?: number;
  /** Figures besides the loss. @default none */
  readonly metrics?: readonly Metric[];
  /** Ends the evaluation between two passes; its reason is thrown. @default none */
  readonly signal?: HostSignal;
}

const NAMES = namesOf<EvaluateOptions>({ batchSize: true, metrics: true, signal: true });

/** What messages call an evaluation. */
export const EVALUATE = "evaluate";

/** Refuses what cannot be evaluated. */
export function checkEvaluation(
  model: Model,
  loss: Loss,
  data: Dataset,
  options: EvaluateOptions,
): void {
  checkIsModel(EVALUATE, model);
  checkIsLoss(EVALUATE, loss);
  checkDataset(EVALUATE, data);
  checkOptions(EVALUATE, options, NAMES);
  const { batchSize = 1000, metrics = [], signal } = options;
  checkNumber(EVALUATE, "batchSize", batchSize, "count");
  checkMetrics(EVALUATE, metrics);
  if (signal !== undefined) checkSignal(EVALUATE, signal);
}

/** The mean loss and metrics over all samples; pauses after each batch. */
export function* evaluation(
  model: Model,
  loss: Loss,
  data: Dataset,
  { batchSize = 1000, metrics = [] }: EvaluateOptions,
): InParts<Record<string, number>> {
  const sums = new Sums(metrics), { version } = model;
  for (let start = 0; start < data.size; start += batchSize) {
    const count = Math.min(batchSize, data.size - start);
    sums.add(model, loss, data, Array.from({ length: count }, (_, i) => start + i));
    yield;
    if (model.version !== version) {
      throw new TypeError(`Cannot ${EVALUATE}: the parameters changed before it was done`);
    }
  }
  return sums.means(data.size);
}

/** Sums over the batches that were added. */
class Sums {
  readonly #metrics: readonly Metric[];
  readonly #totals = new Map<string, number>();
  #loss = 0;
  #counted = 0;

  constructor(metrics: readonly Metric[]) {
    this.#metrics = metrics;
  }

  /** Adds the samples of these numbers. */
  add(model: Model, loss: Loss, data: Dataset, rows: readonly number[]): void {
    const { lengths: all } = data;
    using input = new Tensor(model.dtype, [rows.length, ...data.inputShape]);
    using target = new Tensor(model.dtype, [rows.length, ...data.targetShape]);
    data.fill(rows, input, target);
    const lengths = all && rows.map((row) => all[row]);
    using lin = model.linearize(loss, { input, target, lengths });
    this.#loss += lin.loss * rows.length;
    const shown = lin.counted;
    this.#counted += shown.output.shape[0];
    for (const metric of this.#metrics) {
      const total = this.#totals.get(metric.name) ?? 0;
      this.#totals.set(metric.name, total + metric.evaluate(shown.output, shown.target));
    }
  }

  /** The means; the loss is that of whole samples, metrics count what was shown to them. */
  means(samples: number): Record<string, number> {
    const means = [...this.#totals].map(([name, total]) => [name, total / this.#counted] as const);
    return Object.fromEntries([["loss", this.#loss / samples] as const, ...means]);
  }
}

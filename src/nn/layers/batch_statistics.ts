// Statistics of columns: in training those of the batch, which couples its samples, with P as that of groups; in
// prediction the running ones, and P is a factor r for each channel.
import {
  bendColumns,
  type ColumnStatistics,
  normalizeColumns,
  normalizeColumnsBy,
  type NormalizedColumns,
  projectColumns,
} from "../../ops/batch_norm.ts";
import { scaleColumns } from "../../ops/row_products.ts";
import { axpby, copy } from "../../ops/vector.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Statistics } from "./bound_normalization.ts";
import type { BindContext } from "./layer.ts";

/** Settings, defaults filled in. */
export interface BatchNormSettings {
  readonly epsilon: number;
  readonly momentum: number;
}

/** x̂ of the input of a layer that keeps running statistics. */
export class BatchStatistics implements Statistics {
  readonly rows: Tensor;
  readonly #context: BindContext;
  readonly #settings: BatchNormSettings;
  readonly #normalized: NormalizedColumns;
  readonly #batch: ColumnStatistics;
  /** Whether the last forward pass was one of training. */
  #isCoupled = false;

  /** Plans the buffers. */
  constructor(context: BindContext, settings: BatchNormSettings) {
    const { input, weights: [{ shape: [channels] }], buffer } = context;
    this.#context = context;
    this.#settings = settings;
    this.rows = buffer([input.size / channels, channels], "normalized");
    this.#normalized = { rows: this.rows, inverse: buffer([channels], "inverse") };
    this.#batch = { mean: buffer([channels], "mean"), variance: buffer([channels], "variance") };
  }

  forward(): void {
    const { input, state: [mean, variance], isTraining } = this.#context;
    const { epsilon } = this.#settings;
    this.#isCoupled = isTraining();
    if (this.#isCoupled) return normalizeColumns(input, epsilon, this.#normalized, this.#batch);
    const running = { mean: mean.value, variance: variance.value };
    normalizeColumnsBy(running, input, epsilon, this.#normalized);
  }

  prepareState(): void {
    const { state: [mean, variance, count] } = this.#context;
    const { momentum } = this.#settings;
    const [rows] = this.rows.shape;
    axpby(momentum, this.#batch.mean, 1 - momentum, copy(mean.value, mean.next));
    const unbiased = momentum * rows / (rows - 1);
    axpby(unbiased, this.#batch.variance, 1 - momentum, copy(variance.value, variance.next));
    count.next.data[0] = count.value.data[0] + 1;
  }

  project(c: Tensor, out: Tensor): void {
    if (this.#isCoupled) projectColumns(this.#normalized, c, out);
    else scaleColumns(c, this.#normalized.inverse, out);
  }

  isBent(): boolean {
    return this.#isCoupled;
  }

  bend(tangent: Tensor, pushed: Tensor, c: Tensor, out: Tensor): void {
    bendColumns(this.#normalized, tangent, pushed, c, out);
  }
}

import type { Dataset } from "../data/dataset.ts";
import type { Batch } from "../nn/linearization.ts";
import type { Model } from "../nn/model.ts";
import { DISPOSE } from "../runtime/scope.ts";
import type { RandomKey } from "../tensor/random.ts";
import { Tensor } from "../tensor/tensor.ts";

/** Tensors of one batch that are filled again and again. */
export class BatchBuffer implements Batch {
  /** Inputs (B, …). */
  readonly input: Tensor;
  /** Targets (B, …). */
  readonly target: Tensor;
  /** Valid steps of the sequences, where the data have them. */
  readonly lengths: Uint32Array | undefined;
  /** Where layers take their draws from. */
  key: RandomKey | undefined;
  readonly #data: Dataset;

  /** Plans for batches of so many samples. */
  constructor(model: Model, data: Dataset, batchSize: number) {
    this.#data = data;
    this.lengths = data.lengths && new Uint32Array(batchSize);
    this.input = new Tensor(model.dtype, [batchSize, ...data.inputShape]);
    try {
      this.target = new Tensor(model.dtype, [batchSize, ...data.targetShape]);
    } catch (error) {
      this.input.dispose();
      throw error;
    }
  }

  /** Fills it with the samples of these numbers; returns it. */
  fill(rows: ArrayLike<number>): this {
    const { lengths } = this.#data;
    this.#data.fill(rows, this.input, this.target);
    if (lengths) this.lengths?.forEach((_, i, own) => own[i] = lengths[rows[i]]);
    return this;
  }

  /** Gives the memory back, for `using`. */
  [DISPOSE](): void {
    this.input.dispose();
    this.target.dispose();
  }
}

/** A whole data set as one batch, or undefined where there is none. */
export function wholeBatch(model: Model, data: Dataset | undefined): BatchBuffer | undefined {
  if (!data) return undefined;
  const batch = new BatchBuffer(model, data, data.size);
  try {
    return batch.fill(Array.from({ length: data.size }, (_, i) => i));
  } catch (error) {
    batch[DISPOSE]();
    throw error;
  }
}

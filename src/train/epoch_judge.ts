// Early stopping: the loss of samples that no step sees, after each epoch, whatever the optimizer.
import type { Dataset } from "../data/dataset.ts";
import type { Loss } from "../nn/losses/loss.ts";
import type { Model } from "../nn/model.ts";
import { copy, fill } from "../ops/vector.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import type { InParts } from "../runtime/parts.ts";
import { DISPOSE } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { evaluation } from "./evaluation.ts";

/** What an `EpochJudge` needs to know. */
export interface EpochJudgeOptions {
  readonly model: Model;
  readonly loss: Loss;
  readonly validation: Dataset;
  readonly batchSize: number;
  /** Epochs without a better loss after which training is over. */
  readonly patience: number;
  /** Whether the best parameters are kept. */
  readonly restoreBest: boolean;
}

const BEST_PARAMETERS = "bestParameters";

/** A tensor of the model with a copy of it. */
interface Kept {
  readonly live: Tensor;
  readonly copied: Tensor;
}

/** Counts epochs that do not lower the validation loss, and keeps the parameters of the best one. */
export class EpochJudge {
  readonly #options: EpochJudgeOptions;
  /** The best parameters and what layers kept with them, by name, each beside what it is a copy of. */
  readonly #best: ReadonlyMap<string, Kept>;
  /** The lowest loss of an epoch; infinite before there is one. */
  best = Infinity;
  /** Epochs since then. */
  failures = 0;
  /** Epochs of the run that were judged. */
  judged = 0;

  /** Has seen nothing. */
  constructor(options: EpochJudgeOptions) {
    const { model, restoreBest } = options;
    this.#options = options;
    const kept: [string, Tensor][] = model.state.map(({ name, value }) => [`best.${name}`, value]);
    const all: [string, Tensor][] = restoreBest
      ? [[BEST_PARAMETERS, model.parameters], ...kept]
      : [];
    const best = new Map<string, Kept>();
    this.#best = best;
    try {
      for (const [name, live] of all) {
        best.set(name, { live, copied: fill(new Tensor(live.dtype, live.shape), 0) });
      }
    } catch (error) {
      this[DISPOSE]();
      throw error;
    }
  }

  /** True when patience is at its end. */
  get isOver(): boolean {
    return this.failures >= this.#options.patience;
  }

  /** The tensors that the verdicts to come depend on, by name. */
  get tensors(): ReadonlyMap<string, Tensor> {
    return new Map(Array.from(this.#best, ([name, { copied }]) => [name, copied]));
  }

  /** The numbers that they depend on. */
  get numbers(): ReadonlyMap<string, number> {
    const { best, failures, judged } = this;
    return new Map([["best", best], ["failures", failures], ["judged", judged]]);
  }

  /** Judges an epoch by its number, from 1; gives its loss, infinite where that is not finite. */
  *judge(epoch: number): InParts<number> {
    const loss = yield* this.#loss();
    this.judged = epoch;
    this.failures++;
    if (loss < this.best) {
      this.best = loss;
      this.failures = 0;
      for (const { live, copied } of this.#best.values()) copy(live, copied);
    }
    return loss;
  }

  /** Puts the best parameters back, if they are kept and there are any. */
  putBestBack(): void {
    if (this.#best.size === 0 || this.best === Infinity) return;
    for (const { live, copied } of this.#best.values()) copy(copied, live);
    this.#options.model.parametersChanged();
  }

  *#loss(): InParts<number> {
    const { model, loss, validation, batchSize } = this.#options;
    try {
      return (yield* evaluation(model, loss, validation, { batchSize })).loss;
    } catch (error) {
      if (error instanceof NonFiniteError && !error.isInData) return Infinity;
      throw error;
    }
  }

  /** Gives the memory back, for `using`. */
  [DISPOSE](): void {
    for (const { copied } of this.#best.values()) copied.dispose();
  }
}

import { sigmoidCrossEntropy } from "../nn/losses/elementwise.ts";
import type { Model } from "../nn/model.ts";
import { norm } from "../ops/vector.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { digest } from "../tensor/digest.ts";
import { evaluate } from "../train/evaluate.ts";
import type { TrainProgress } from "../train/options.ts";
import { train } from "../train/train.ts";
import { autoencoder, type Experiment } from "./experiment.ts";
import { type Candidate, L2 } from "./methods.ts";
import type { Display } from "./display.ts";
import { reconstruct } from "./images.ts";
import type { Ending, EpochResult, RunResult } from "./results.ts";

/** What a run needs besides the candidate. */
export interface RunOptions {
  /** Data and network. */
  readonly experiment: Experiment;
  /** Name of the method. */
  readonly method: string;
  /** Passes over the data. */
  readonly epochs: number;
  /** Seed of initial weights and order of samples. */
  readonly seed: number;
  /** The evaluation of the model as it is made. */
  readonly start: EpochResult;
  /** Ends training between two steps. */
  readonly signal: AbortSignal;
}

/** Training of one model. Time stands still while it is evaluated. */
export class Run {
  readonly #options: RunOptions;
  readonly #candidate: Candidate;
  readonly #model: Model;
  readonly #progress: AsyncGenerator<TrainProgress, void, void>;
  readonly #epochs: EpochResult[] = [];
  #stateBytes = 0;
  #milliseconds = 0;
  #ending: Ending = "finished";

  /** Makes the model. */
  constructor(candidate: Candidate, options: RunOptions) {
    const { experiment, epochs, seed, start, signal } = options;
    this.#options = options;
    this.#candidate = candidate;
    this.#model = autoencoder(experiment.widths, seed);
    this.#progress = train({
      model: this.#model,
      loss: sigmoidCrossEntropy(),
      optimizer: candidate.optimizer,
      data: experiment.train,
      batchSize: experiment.batchSize,
      epochs,
      seed,
      signal,
    });
    this.#epochs.push(start);
  }

  /** Trains to the end, or less when it is interrupted or breaks down. */
  async train(display: Display): Promise<void> {
    const { experiment } = this.#options;
    const stepsPerEpoch = Math.floor(experiment.train.size / experiment.batchSize);
    try {
      for (let next = await this.#step(); next; next = await this.#step()) {
        const { step, loss } = next;
        display.step(step, loss);
        if (step % stepsPerEpoch === 0) {
          const seconds = this.#milliseconds / 1000;
          const losses = evaluateLosses(this.#model, experiment);
          const result = { epoch: step / stepsPerEpoch, steps: step, seconds, ...losses };
          this.#epochs.push(result);
          display.epoch(result);
        }
      }
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      this.#ending = "non-finite";
    }
  }

  /** Ends training, gives all memory back and tells the results. */
  async finish(): Promise<RunResult> {
    await this.#progress.return();
    const { method, experiment } = this.#options;
    const { label, given, optimizer } = this.#candidate;
    try {
      return {
        optimizer: method,
        label,
        given,
        settings: plainSettings(optimizer.options),
        ending: this.#ending,
        epochs: this.#epochs,
        stateBytes: this.#stateBytes,
        digest: await digest(this.#model.parameters),
        reconstructions: reconstruct(this.#model, experiment).toBase64(),
      };
    } finally {
      this.#model.dispose();
    }
  }

  async #step(): Promise<TrainProgress | undefined> {
    const start = performance.now();
    const { done, value } = await this.#progress.next();
    this.#milliseconds += performance.now() - start;
    if (!done) {
      this.#stateBytes = value.state.bytes;
      return value;
    }
    if (this.#options.signal.aborted) this.#ending = "interrupted";
  }
}

/** Mean losses over all samples, L2 term included. */
export function evaluateLosses(
  model: Model,
  { train, test }: Experiment,
): Pick<EpochResult, "trainLoss" | "testLoss"> {
  const size = norm(model.parameters);
  const penalty = L2 / 2 * size * size;
  const loss = sigmoidCrossEntropy();
  return {
    trainLoss: evaluate(model, loss, train).loss + penalty,
    testLoss: evaluate(model, loss, test).loss + penalty,
  };
}

/** Settings as JSON can hold them. */
function plainSettings(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isPlain = ([, value]: [string, unknown]): boolean =>
    value !== undefined && typeof value !== "function";
  return Object.fromEntries(Object.entries(options).filter(isPlain));
}

// Trains with one method after the other, and searches among the settings of each.
import { autoencoder, type Experiment } from "./experiment.ts";
import { type Method, METHODS } from "./methods.ts";
import type { Display } from "./display.ts";
import type { DemoResult, EpochResult, MethodResult, RunResult } from "./results.ts";
import { evaluateLosses, Run } from "./run.ts";

/** What to compare and how. */
export interface CompareOptions {
  /** Data and network. */
  readonly experiment: Experiment;
  /** Names of methods. */
  readonly optimizers: readonly string[];
  /** Passes over the data; undefined: as the experiment says for each method. */
  readonly epochs: number | undefined;
  /** Seed of initial weights and order of samples. */
  readonly seed: number;
  /** Ends everything between two steps. */
  readonly signal: AbortSignal;
  /** Hears how far training is. */
  readonly display: Display;
}

/** Trains with every method; those that did not begin before an interruption are missing. */
export async function compare(options: CompareOptions): Promise<DemoResult> {
  const { experiment, seed } = options;
  const { parameterCount, start } = startingPoint(experiment, seed);
  const runs: MethodResult[] = [];
  for (const name of options.optimizers) {
    if (options.signal.aborted) break;
    runs.push(await new Comparison(name, METHODS[name], start, options).run());
  }
  return { data: experiment.title, parameterCount, seed, runs };
}

/** The untrained network, from which every run begins. */
function startingPoint(
  experiment: Experiment,
  seed: number,
): { parameterCount: number; start: EpochResult } {
  using model = autoencoder(experiment.widths, seed);
  const start = { epoch: 0, seconds: 0, ...evaluateLosses(model, experiment) };
  return { parameterCount: model.parameterCount, start };
}

/** The candidates of one method against each other. */
class Comparison {
  readonly #name: string;
  readonly #method: Method;
  readonly #start: EpochResult;
  readonly #options: CompareOptions;
  readonly #epochs: number;

  constructor(name: string, method: Method, start: EpochResult, options: CompareOptions) {
    this.#name = name;
    this.#method = method;
    this.#start = start;
    this.#options = options;
    this.#epochs = options.epochs ?? options.experiment.epochs[method.order];
  }

  /** Tries every candidate for a few epochs; the one with the least training loss goes on. */
  async run(): Promise<MethodResult> {
    const { title, candidates } = this.#method;
    const { signal, experiment } = this.#options;
    const [first, ...rivals] = candidates;
    let best = this.#newRun(first);
    const search: RunResult[] = [];
    const searchEpochs = Math.min(experiment.searchEpochs, this.#epochs);
    if (rivals.length > 0) {
      await this.#advance(best, `${title}, ${first.label}`, searchEpochs);
      for (const candidate of rivals) {
        if (signal.aborted) break;
        const run = this.#newRun(candidate);
        await this.#advance(run, `${title}, ${candidate.label}`, searchEpochs);
        const loser = run.trainLoss < best.trainLoss ? best : run;
        if (loser === best) best = run;
        search.push(await loser.finish());
      }
    }
    const isOver = rivals.length > 0 && searchEpochs === this.#epochs;
    if (!isOver) await this.#advance(best, title, this.#epochs);
    return { ...await best.finish(), search };
  }

  #newRun(candidate: Method["candidates"][number]): Run {
    const { experiment, seed, signal } = this.#options;
    const [method, epochs, start] = [this.#name, this.#epochs, this.#start];
    return new Run(candidate, { experiment, method, epochs, seed, start, signal });
  }

  async #advance(run: Run, label: string, epochs: number): Promise<void> {
    const { display, experiment: { train, batchSize } } = this.#options;
    display.begin(label, epochs * Math.floor(train.size / batchSize));
    try {
      await run.advance(epochs, display);
    } finally {
      display.end();
    }
  }
}

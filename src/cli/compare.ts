// Trains with one method after the other, and searches among the step sizes of each.
import type { Display } from "./display.ts";
import { autoencoder, type Experiment } from "./experiment.ts";
import { type Candidate, type Method, METHODS } from "./methods.ts";
import {
  type DemoResult,
  type EpochResult,
  finalLoss,
  type MethodResult,
  type RunResult,
} from "./results.ts";
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
  /** The methods by name. */
  readonly methods?: Readonly<Record<string, Method>>;
}

/** Trains with every method; those that did not begin before an interruption are missing. */
export async function compare(options: CompareOptions): Promise<DemoResult> {
  const { experiment, seed, methods = METHODS } = options;
  const { parameterCount, start } = startingPoint(experiment, seed);
  const runs: MethodResult[] = [];
  for (const name of options.optimizers) {
    if (options.signal.aborted) break;
    runs.push(await new Search(name, methods[name], start, options).run());
  }
  return { data: experiment.title, parameterCount, seed, runs };
}

/** The untrained network, from which every run begins. */
function startingPoint(
  experiment: Experiment,
  seed: number,
): { parameterCount: number; start: EpochResult } {
  using model = autoencoder(experiment.widths, seed);
  const start = { epoch: 0, steps: 0, seconds: 0, ...evaluateLosses(model, experiment) };
  return { parameterCount: model.parameterCount, start };
}

/** The step sizes of one method against each other, each trained in full: a short run would judge by its start. */
class Search {
  readonly #name: string;
  readonly #method: Method;
  readonly #start: EpochResult;
  readonly #options: CompareOptions;
  readonly #epochs: number;
  readonly #tried = new Map<number, RunResult>();

  constructor(name: string, method: Method, start: EpochResult, options: CompareOptions) {
    this.#name = name;
    this.#method = method;
    this.#start = start;
    this.#options = options;
    this.#epochs = options.epochs ?? options.experiment.epochs[method.order];
  }

  /** The run with the least training loss at its end, whose rung has a neighbour on both sides that was tried. */
  async run(): Promise<MethodResult> {
    const { rungs } = this.#method;
    if (rungs.length === 0) return { ...await this.#train(0), search: [], isAtEdge: false };
    for (const rung of rungs) {
      if (this.#isOver()) break;
      await this.#train(rung);
    }
    const most = rungs.length + this.#options.experiment.furtherRungs;
    for (let next = this.#beyond(); next !== undefined && this.#tried.size < most;) {
      if (this.#isOver()) break;
      await this.#train(next);
      next = this.#beyond();
    }
    const best = this.#best();
    const isInterrupted = this.#options.signal.aborted;
    const search = [...this.#tried].filter(([rung]) => rung !== best)
      .sort(([a], [b]) => a - b).map(([, run]) => run);
    const ending = isInterrupted ? "interrupted" : this.#run(best).ending;
    return { ...this.#run(best), ending, search, isAtEdge: this.#beyond() !== undefined };
  }

  #isOver(): boolean {
    return this.#options.signal.aborted && this.#tried.size > 0;
  }

  #run(rung: number): RunResult {
    return this.#tried.get(rung)!;
  }

  #best(): number {
    const rungs = [...this.#tried.keys()];
    return rungs.reduce((a, b) => finalLoss(this.#run(b)) < finalLoss(this.#run(a)) ? b : a);
  }

  /** The rung that nobody tried beside the best one, if the best is at an end of what was tried. */
  #beyond(): number | undefined {
    const best = this.#best();
    return [best - 1, best + 1].find((rung) => !this.#tried.has(rung));
  }

  async #train(rung: number): Promise<RunResult> {
    const { experiment, seed, signal, display } = this.#options;
    const candidate: Candidate = this.#method.candidate(rung);
    const [method, epochs, start] = [this.#name, this.#epochs, this.#start];
    const run = new Run(candidate, { experiment, method, epochs, seed, start, signal });
    const title = [this.#method.title, candidate.label].join(", ");
    display.begin(title, epochs * Math.floor(experiment.train.size / experiment.batchSize));
    try {
      await run.train(display);
    } finally {
      display.end();
    }
    const result = await run.finish();
    this.#tried.set(rung, result);
    return result;
  }
}

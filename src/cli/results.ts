// What the demo found out, in the form of its JSON file.

/** The state of training after an epoch; epoch 0 is the start. */
export interface EpochResult {
  /** Passes over the data so far. */
  readonly epoch: number;
  /** Time of training so far, without evaluation. */
  readonly seconds: number;
  /** Mean over all training samples, L2 term included. */
  readonly trainLoss: number;
  /** Mean over all test samples, L2 term included. */
  readonly testLoss: number;
}

/** How a run came to its end. */
export type Ending = "finished" | "interrupted" | "not chosen" | "non-finite";

/** Training with one choice of settings. */
export interface RunResult {
  /** Name of the method on the command line. */
  readonly optimizer: string;
  /** What makes it differ from other runs of the method. */
  readonly label: string;
  /** All settings of the optimizer. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** How it ended. */
  readonly ending: Ending;
  /** The course of training. */
  readonly epochs: readonly EpochResult[];
  /** Bytes that the optimizer remembers between steps. */
  readonly stateBytes: number;
  /** SHA-256 of the final parameters. */
  readonly digest: string;
}

/** A method with the settings that won; the runs it won against come along. */
export interface MethodResult extends RunResult {
  /** The other choices of settings. */
  readonly search: readonly RunResult[];
}

/** All that the JSON file holds. */
export interface DemoResult {
  /** Name of the experiment. */
  readonly data: string;
  /** Number of parameters of the network. */
  readonly parameterCount: number;
  /** Seed of initial weights and order of samples. */
  readonly seed: number;
  /** One for each method. */
  readonly runs: readonly MethodResult[];
}

/** The last state of a run. */
export function lastEpoch({ epochs }: RunResult): EpochResult {
  return epochs[epochs.length - 1];
}

/** Seconds that went into settings which were not chosen. */
export function searchSeconds({ search }: MethodResult): number {
  return search.reduce((sum, run) => sum + lastEpoch(run).seconds, 0);
}

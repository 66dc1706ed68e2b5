// What the demo found out, in the form of its JSON file.

/** The state of training after an epoch; epoch 0 is the start. */
export interface EpochResult {
  /** Passes over the data so far. */
  readonly epoch: number;
  /** Steps of the optimizer so far. */
  readonly steps: number;
  /** Time of training so far, without evaluation. */
  readonly seconds: number;
  /** Mean over all training samples, L2 term included. */
  readonly trainLoss: number;
  /** Mean over all test samples, L2 term included. */
  readonly testLoss: number;
}

/** How a run came to its end. */
export type Ending = "finished" | "interrupted" | "non-finite";

/** Training with one choice of settings. */
export interface RunResult {
  /** Name of the method on the command line. */
  readonly optimizer: string;
  /** What makes it differ from other runs of the method. */
  readonly label: string;
  /** The settings that the demo chose. */
  readonly given: Readonly<Record<string, unknown>>;
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
  /** What becomes of the first test images: bytes of one image after the other in base64. */
  readonly reconstructions: string;
}

/** A method with the step size that won; the runs it won against come along. */
export interface MethodResult extends RunResult {
  /** The runs with other step sizes, by size. */
  readonly search: readonly RunResult[];
  /** Whether nobody tried a step size above, or one below: a better one may be there. */
  readonly isAtEdge: boolean;
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

/** Training loss at the end; Infinity once training broke down. */
export function finalLoss(run: RunResult): number {
  return run.ending === "non-finite" ? Infinity : lastEpoch(run).trainLoss;
}

/** Seconds that went into settings which were not chosen. */
export function searchSeconds({ search }: MethodResult): number {
  return search.reduce((sum, run) => sum + lastEpoch(run).seconds, 0);
}

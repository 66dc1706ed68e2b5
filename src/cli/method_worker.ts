// One method of the demo in a worker: reads or makes the data, trains, tells how far it is.
import { compare } from "./compare.ts";
import type { Display } from "./display.ts";
import { type DataSource, loadExperiment } from "./experiment.ts";
import type { DemoResult, EpochResult } from "./results.ts";

/** What a worker is to do; all of it can be sent. */
export interface Task {
  /** Where its data come from. */
  readonly source: DataSource;
  /** Name of the method. */
  readonly optimizer: string;
  /** Passes over the data; undefined: as the experiment says for the method. */
  readonly epochs: number | undefined;
  /** Seed of initial weights and order of samples. */
  readonly seed: number;
}

/** What a worker hears. */
export type ToWorker = { readonly type: "start"; readonly task: Task } | { readonly type: "stop" };

/** What a worker says: the calls of its display, and at the end the result or what went wrong. */
export type FromWorker =
  | { readonly type: "begin"; readonly label: string; readonly totalSteps: number }
  | { readonly type: "step"; readonly step: number; readonly loss: number }
  | { readonly type: "epoch"; readonly result: EpochResult }
  | { readonly type: "end" }
  | { readonly type: "result"; readonly result: DemoResult }
  | { readonly type: "failure"; readonly error: unknown };

/** What is used of a worker's own scope, for which there are no types beside those of a page. */
interface WorkerScope {
  onmessage(event: MessageEvent<ToWorker>): void;
  postMessage(message: FromWorker): void;
}

const scope = globalThis as unknown as WorkerScope;
const controller = new AbortController();
const send = (message: FromWorker): void => scope.postMessage(message);
const display: Display = {
  begin: (label, totalSteps) => send({ type: "begin", label, totalSteps }),
  step: (step, loss) => send({ type: "step", step, loss }),
  epoch: (result) => send({ type: "epoch", result }),
  end: () => send({ type: "end" }),
};

scope.onmessage = async ({ data }): Promise<void> => {
  if (data.type === "stop") return controller.abort();
  const { source, optimizer, epochs, seed } = data.task;
  const { signal } = controller;
  try {
    const experiment = await loadExperiment(source);
    const options = { experiment, optimizers: [optimizer], epochs, seed, signal, display };
    send({ type: "result", result: await compare(options) });
  } catch (error) {
    send({ type: "failure", error });
  }
};

// Runs each method in a worker of its own, as many at once as there are cores: the time of each stays its
// own, since training uses one core, and its bits too, since nothing is shared.
import type { Display } from "./display.ts";
import type { FromWorker, Task, ToWorker } from "./method_worker.ts";
import type { DemoResult } from "./results.ts";

/** What to compare and how. */
export interface SideBySideOptions extends Omit<Task, "optimizer"> {
  /** Names of methods. */
  readonly optimizers: readonly string[];
  /** Ends everything between two steps. */
  readonly signal: AbortSignal;
  /** Hear how far the training of each method is. */
  readonly displays: readonly Display[];
}

/** Trains with every method; those that did not begin before an interruption are missing. */
export async function compareSideBySide(options: SideBySideOptions): Promise<DemoResult> {
  const { optimizers, signal, displays, ...shared } = options;
  const queue = [...optimizers.entries()];
  const results = new Map<number, DemoResult>();
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = signal.aborted ? undefined : queue.shift()) {
      const [i, optimizer] = next;
      results.set(i, await runInWorker({ ...shared, optimizer }, displays[i], signal));
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, lane));
  const found = optimizers.flatMap((_, i) => results.get(i) ?? []);
  return { ...found[0], runs: found.flatMap(({ runs }) => runs) };
}

function runInWorker(task: Task, display: Display, signal: AbortSignal): Promise<DemoResult> {
  const worker = new Worker(new URL("./method_worker.ts", import.meta.url), { type: "module" });
  const send = (message: ToWorker): void => worker.postMessage(message);
  const stop = (): void => send({ type: "stop" });
  return new Promise<DemoResult>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>): void => {
      if (data.type === "result") resolve(data.result);
      else if (data.type === "failure") reject(data.error);
      else if (data.type === "begin") display.begin(data.label, data.totalSteps);
      else if (data.type === "step") display.step(data.step, data.loss);
      else if (data.type === "epoch") display.epoch(data.result);
      else display.end();
    };
    worker.onerror = (event): void => {
      event.preventDefault();
      reject(new Error(`Cannot train with ${task.optimizer}: ${event.message}`));
    };
    signal.addEventListener("abort", stop);
    send({ type: "start", task });
    if (signal.aborted) stop();
  }).finally(() => {
    signal.removeEventListener("abort", stop);
    worker.terminate();
  });
}

import { curves } from "../../../data.ts";
import type { Experiment } from "../../../src/cli/experiment.ts";
import type { Display } from "../../../src/cli/display.ts";

/** An experiment that takes a blink. */
export function smallExperiment(): Experiment {
  return {
    title: "small curves",
    ...curves({ train: 60, test: 20 }),
    widths: [784, 8, 2, 8, 784],
    batchSize: 20,
    epochs: { second: 2, first: 3 },
    furtherRungs: 1,
  };
}

/** Shows nothing; calls `onEpoch` after each epoch. */
export function silentDisplay(onEpoch: () => void = () => {}): Display {
  return { begin: () => {}, step: () => {}, epoch: onEpoch, end: () => {} };
}

// How far training is: a bar in a terminal, a line for each epoch elsewhere.
import process from "node:process";
import progress from "cli-progress";
import type { EpochResult } from "./results.ts";

/** Room for the longest name of a run. */
const LABEL_WIDTH = 38;

/** Hears of the course of one run after another. */
export interface Display {
  /** A run begins, or goes on, and is over after this many steps in total. */
  begin(label: string, totalSteps: number): void;
  /** A step is done: the number of steps so far and the loss of its batch. */
  step(step: number, loss: number): void;
  /** An epoch is done and evaluated. */
  epoch(result: EpochResult): void;
  /** The run pauses or is over. */
  end(): void;
}

/** Displays of runs that go on at the same time. */
export interface Displays {
  /** One for each. */
  readonly displays: readonly Display[];
  /** Leaves the terminal as it was found. */
  close(): void;
}

/** What is used of a bar of the library, which comes without types. */
interface Bar {
  setTotal(total: number): void;
  update(done: number, payload: Record<string, string>): void;
}

/** What is used of several bars below each other. */
interface Bars {
  create(total: number, done: number, payload: Record<string, string>): Bar;
  stop(): void;
}

/** A bar for each run when standard output is a terminal, else lines. */
export function terminalDisplays(count: number): Displays {
  if (!Deno.stdout.isTerminal()) {
    return {
      displays: Array.from({ length: count }, () => lineDisplay(console.log)),
      close: (): void => {},
    };
  }
  const bars = new progress.MultiBar({
    format: "{label} {bar} {value}/{total} steps{loss}{test}",
    barsize: 24,
    stream: process.stdout,
    hideCursor: true,
    emptyOnZero: true,
  }, progress.Presets.shades_classic) as Bars;
  return {
    displays: Array.from({ length: count }, () => barDisplay(bars)),
    close: () => bars.stop(),
  };
}

function barDisplay(bars: Bars): Display {
  let payload = { label: "waits".padEnd(LABEL_WIDTH), loss: "", test: "" };
  const bar = bars.create(0, 0, payload);
  return {
    begin: (label, totalSteps): void => {
      payload = { label: label.padEnd(LABEL_WIDTH), loss: "", test: "" };
      bar.setTotal(totalSteps);
      bar.update(0, payload);
    },
    step: (step, loss): void => {
      payload = { ...payload, loss: ` loss ${loss.toFixed(1)}` };
      bar.update(step, payload);
    },
    epoch: ({ testLoss }): void => {
      payload = { ...payload, test: ` test ${testLoss.toFixed(1)}` };
    },
    end: (): void => {},
  };
}

/** Writes one line for each epoch. */
export function lineDisplay(write: (line: string) => void): Display {
  let label = "";
  return {
    begin: (name): void => {
      label = name;
    },
    step: (): void => {},
    epoch: ({ epoch, seconds, trainLoss, testLoss }): void => {
      const losses = `training loss ${trainLoss.toFixed(2)}, test loss ${testLoss.toFixed(2)}`;
      write(`${label}: epoch ${epoch}, ${seconds.toFixed(1)} s, ${losses}`);
    },
    end: (): void => {},
  };
}

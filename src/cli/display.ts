// How far training is: a bar in a terminal, a line for each epoch elsewhere.
import process from "node:process";
import progress from "cli-progress";
import type { EpochResult } from "./results.ts";

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

/** What is used of a bar of the library, which comes without types. */
interface Bar {
  start(total: number, done: number, payload: Record<string, string>): void;
  update(done: number, payload: Record<string, string>): void;
  stop(): void;
}

const NO_LOSS = { loss: "", test: "" };

/** A bar when standard output is a terminal. */
export function terminalDisplay(): Display {
  return Deno.stdout.isTerminal() ? barDisplay() : lineDisplay(console.log);
}

function barDisplay(): Display {
  let bar: Bar | undefined;
  let payload = NO_LOSS;
  return {
    begin: (label, totalSteps): void => {
      payload = NO_LOSS;
      bar = new progress.SingleBar({
        format: `${label.padEnd(26)} {bar} {value}/{total} steps {loss}{test}`,
        barsize: 24,
        stream: process.stdout,
        hideCursor: true,
      }, progress.Presets.shades_classic) as Bar;
      bar.start(totalSteps, 0, payload);
    },
    step: (step, loss): void => {
      payload = { ...payload, loss: ` loss ${loss.toFixed(1)}` };
      bar?.update(step, payload);
    },
    epoch: ({ testLoss }): void => {
      payload = { ...payload, test: ` test ${testLoss.toFixed(1)}` };
    },
    end: (): void => bar?.stop(),
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

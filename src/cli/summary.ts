// The closing tables.
import { METHODS } from "./methods.ts";
import { type DemoResult, lastEpoch, type RunResult, searchSeconds } from "./results.ts";
import type { Table } from "./table.ts";

/** Training and test loss and seconds after each epoch, methods side by side. */
export function courseTable({ runs }: DemoResult): Table {
  const epochs = Math.max(0, ...runs.map((run) => run.epochs.length));
  return {
    columns: [
      "epoch",
      ...runs.flatMap(({ optimizer }) => [`${METHODS[optimizer].title}, s`, "training", "test"]),
    ],
    rows: Array.from({ length: epochs }, (_, epoch) => [
      String(epoch),
      ...runs.flatMap(({ epochs }) => {
        const result = epochs[epoch];
        if (result === undefined) return ["", "", ""];
        const { seconds, trainLoss, testLoss } = result;
        return [seconds.toFixed(1), trainLoss.toFixed(2), testLoss.toFixed(2)];
      }),
    ]),
  };
}

/** The final figures of each method. */
export function finalTable({ runs }: DemoResult): Table {
  return {
    columns: [
      "optimizer",
      "epochs",
      "training loss",
      "test loss",
      "seconds",
      "search seconds",
      "state bytes",
    ],
    rows: runs.map((run) => {
      const { epoch, seconds, trainLoss, testLoss } = lastEpoch(run);
      return [
        withEnding(METHODS[run.optimizer].title, run),
        String(epoch),
        trainLoss.toFixed(2),
        testLoss.toFixed(2),
        seconds.toFixed(1),
        run.search.length > 0 ? searchSeconds(run).toFixed(1) : "",
        run.stateBytes.toLocaleString("en"),
      ];
    }),
  };
}

/** Every choice of settings that was tried: what it reached, in how much time, and what came of it. */
export function searchTable({ runs }: DemoResult): Table {
  const rows = runs.filter(({ search }) => search.length > 0).flatMap((method) => {
    const searchEpochs = Math.max(...method.search.map((run) => lastEpoch(run).epoch));
    return [method, ...method.search].map((run) => {
      const { epoch, trainLoss, seconds } = run.epochs[searchEpochs] ?? lastEpoch(run);
      return [
        `${METHODS[run.optimizer].title}, ${run.label}`,
        String(epoch),
        trainLoss.toFixed(2),
        seconds.toFixed(1),
        run === method ? "chosen" : run.ending === "finished" ? "not chosen" : endingText(run),
      ];
    });
  });
  return { columns: ["search", "epochs", "training loss", "seconds", "outcome"], rows };
}

/** All settings of each method. */
export function settingsTable({ runs }: DemoResult): Table {
  const text = (value: unknown): string =>
    typeof value === "object" ? Object.values(value ?? {}).join(" ") : String(value);
  return {
    columns: ["optimizer", "settings"],
    rows: runs.map(({ optimizer, settings }) => [
      METHODS[optimizer].title,
      Object.entries(settings).map(([name, value]) => `${name} ${text(value)}`).join(", "),
    ]),
  };
}

/** SHA-256 of the final parameters of each method. */
export function digestTable({ runs }: DemoResult): Table {
  return {
    columns: ["optimizer", "SHA-256 of the parameters, equal on every machine"],
    rows: runs.map(({ optimizer, digest }) => [METHODS[optimizer].title, digest]),
  };
}

function endingText({ ending }: RunResult): string {
  return ending === "non-finite" ? "diverged" : ending;
}

function withEnding(text: string, run: RunResult): string {
  return run.ending === "finished" ? text : `${text} (${endingText(run)})`;
}

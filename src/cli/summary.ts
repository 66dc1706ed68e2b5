// The closing tables.
import { METHODS } from "./methods.ts";
import {
  type DemoResult,
  lastEpoch,
  type MethodResult,
  type RunResult,
  searchSeconds,
} from "./results.ts";
import type { Table } from "./table.ts";
import { comparison, leaders, type Measure } from "./verdict.ts";

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

/** Who has the least of what. */
export function comparisonTable(result: DemoResult): Table {
  const titles = result.runs.map(({ optimizer }) => METHODS[optimizer].title);
  const rows = Object.values(comparison(result) ?? {}).map((measure: Measure) => {
    const values = measure.values.map((value) => value?.toFixed(measure.digits) ?? "");
    return [measure.title, ...values, leaders(measure).map((i) => titles[i]).join(" = ")];
  });
  return { columns: ["measure", ...titles, "least"], rows };
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
  const rows = runs.filter(({ search }) => search.length > 0).flatMap((method) =>
    bySize([method, ...method.search]).map((run) => {
      const { epoch, trainLoss, seconds } = lastEpoch(run);
      return [
        `${METHODS[run.optimizer].title}, ${run.label}`,
        String(epoch),
        trainLoss.toFixed(2),
        seconds.toFixed(1),
        outcome(run, method),
      ];
    })
  );
  return { columns: ["search", "epochs", "training loss", "seconds", "outcome"], rows };
}

function bySize(runs: readonly RunResult[]): RunResult[] {
  const size = ({ given }: RunResult): number => Number(given.learningRate);
  return runs.toSorted((a, b) => size(a) - size(b));
}

function outcome(run: RunResult, chosen: MethodResult): string {
  if (run === chosen) return chosen.isAtEdge ? "chosen, at the edge" : "chosen";
  return run.ending === "finished" ? "not chosen" : endingText(run);
}

/** What was set of each method. */
export function settingsTable({ runs }: DemoResult): Table {
  const text = (value: unknown): string =>
    typeof value === "object" ? Object.values(value ?? {}).join(" ") : String(value);
  return {
    columns: ["optimizer", "settings"],
    rows: runs.map(({ optimizer, given }) => [
      METHODS[optimizer].title,
      Object.entries(given).map(([name, value]) => `${name} ${text(value)}`).join(", "),
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

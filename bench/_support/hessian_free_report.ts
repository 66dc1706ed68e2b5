// Tables and pictures of the Hessian-free bench.
import { METHODS } from "./hessian_free_methods.ts";
import type { Problem } from "./hessian_free_problems.ts";
import { type Point, pointAt, type Run, scoreOf } from "./hessian_free_runs.ts";
import type { Settings, Trial } from "./moving_grid.ts";
import { type Chart, table } from "./report.ts";

/** A method on a problem with the best of its grid, one run for each seed. */
export interface Entry {
  readonly name: string;
  readonly problem: Problem;
  readonly method: string;
  /** Of steps, for each run. */
  readonly seconds: number;
  readonly settings: Settings;
  readonly isInside: boolean;
  readonly trials: readonly Trial[];
  readonly runs: readonly Run[];
}

/** What methods are compared along. */
type Along = "step" | "gradients" | "seconds";

const LABELS: Readonly<Record<Along, string>> = {
  step: "steps",
  gradients: "gradients of the batch",
  seconds: "processor seconds",
};

/** Where the winners are told, along each; seconds are shares of the budget. */
const STATIONS: Readonly<Record<Along, readonly number[]>> = {
  step: [5, 10, 20, 50, 100, 200],
  gradients: [10, 30, 100, 300, 1000],
  seconds: [0.1, 0.25, 0.5, 1],
};

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function lastOf({ points }: Run): Point {
  return points[points.length - 1];
}

/** A figure of a run's last point up to a place; undefined before its first step and where it did not come so far. */
function figureAt(
  { points }: Run,
  along: Along,
  place: number,
  figure: "train" | "metric",
): number | undefined {
  if (points[points.length - 1][along] < place) return undefined;
  return points.findLast((point) => point.step > 0 && point[along] <= place)?.[figure];
}

/** The mean over runs at a place that all have reached. */
function meanAt(
  { runs }: Entry,
  along: Along,
  place: number,
  figure: "train" | "metric",
): number | undefined {
  const values = runs.map((run) => figureAt(run, along, place, figure));
  const reached = values.filter((value) => value !== undefined);
  return runs.length > 0 && reached.length === values.length ? mean(reached) : undefined;
}

/** Mean iterations of a step's solves, block by block. */
function iterationsOf({ runs }: Entry): string {
  const steps = runs.flatMap(({ iterations }) => iterations);
  if (steps.length === 0) return "";
  return steps[0].map((_, block) => mean(steps.map((own) => own[block])).toFixed(1)).join(" ");
}

function settingsText(settings: Settings): string {
  return Object.entries(settings).map(([name, value]) => `${name} ${value}`).join(", ");
}

function cellsOf(entry: Entry): Record<string, string> {
  const { method, seconds, settings, isInside, trials, runs } = entry;
  const ends = runs.map((run) => pointAt(run, seconds)), losses = ends.map(({ train }) => train);
  const perStep = (figure: Along): number =>
    mean(runs.map((run) => lastOf(run)[figure] / lastOf(run).step));
  return {
    method,
    settings: `${settingsText(settings)}${isInside ? "" : " (not inside)"}`,
    tried: String(trials.length),
    seeds: String(runs.length),
    steps: mean(ends.map(({ step }) => step)).toFixed(0),
    "s a step": perStep("seconds").toPrecision(3),
    "gradients a step": perStep("gradients").toPrecision(3),
    "refused": String(runs.reduce((sum, { refused }) => sum + refused, 0)),
    "train loss": mean(losses).toFixed(4),
    "least, most": `${Math.min(...losses).toFixed(4)}, ${Math.max(...losses).toFixed(4)}`,
    "test loss": mean(ends.map(({ test }) => test)).toFixed(4),
    "metric": mean(ends.map(({ metric }) => metric)).toFixed(4),
    "iterations by block": iterationsOf(entry),
    "failure": runs.map(({ failure = "" }) => failure).find((text) => text !== "") ?? "",
  };
}

/** The best of each family at a place, best first. */
function ranking(
  entries: readonly Entry[],
  along: Along,
  place: number,
  figure: "train" | "metric",
): { readonly method: string; readonly value: number }[] {
  const sign = figure === "metric" && entries[0].problem.isMetricBetterHigh ? -1 : 1;
  const ranked = entries.flatMap((entry) => {
    const value = meanAt(entry, along, place, figure);
    return value === undefined ? [] : [{ method: entry.method, value }];
  }).sort((a, b) => sign * (a.value - b.value));
  const family = ({ method }: { method: string }): string => METHODS[method].family;
  return ranked.filter((own, i) =>
    ranked.findIndex((other) => family(other) === family(own)) === i
  );
}

/** Who is first, and the best of the other families, by steps, work and seconds. */
function winnersOf(entries: readonly Entry[]): string {
  const [{ problem, seconds }] = entries;
  const figures = { train: "training loss", metric: `test ${problem.metric().name}` } as const;
  const rows = (Object.keys(LABELS) as Along[]).flatMap((along) =>
    STATIONS[along].map((station) => along === "seconds" ? station * seconds : station)
      .flatMap((place) =>
        (["train", "metric"] as const).flatMap((figure) => {
          const ranked = ranking(entries, along, place, figure);
          if (ranked.length < 2) return [];
          const text = ({ method, value }: (typeof ranked)[number]): string =>
            `${method} ${value.toFixed(4)}`;
          return [{
            at: `${Number(place.toPrecision(3))} ${LABELS[along]}`,
            figure: figures[figure],
            first: text(ranked[0]),
            second: text(ranked[1]),
            families: String(ranked.length),
          }];
        })
      )
  );
  return rows.length === 0 ? "no place that two families have reached" : table(rows);
}

function byProblem(entries: readonly Entry[]): Entry[][] {
  return [...new Set(entries.map(({ name }) => name))].map((name) =>
    entries.filter((entry) => entry.name === name)
  );
}

/** For each problem how methods ended, and who was first along what. */
export function tablesOf(entries: readonly Entry[]): string[] {
  return byProblem(entries).flatMap((own) => {
    const [{ problem: { title, batchSize, metric }, seconds }] = own;
    return [
      "",
      `${title}; batch ${batchSize}, ${seconds} s a run; the metric is ${metric().name} of test samples`,
      ...table(own.map(cellsOf)).split("\n"),
      "",
      ...winnersOf(own).split("\n"),
    ];
  });
}

/** Of each family the entry with the lowest loss at the end. */
function shown(entries: readonly Entry[]): Entry[] {
  const score = ({ runs, seconds }: Entry): number =>
    mean(runs.map((run) => scoreOf(run, seconds)));
  const families = [...new Set(entries.map(({ method }) => METHODS[method].family))];
  return families.map((family) =>
    entries.filter(({ method }) => METHODS[method].family === family)
      .reduce((least, entry) => score(entry) < score(least) ? entry : least)
  );
}

/** Means over seeds where the first of them has points and all have come. */
function pointsOf(
  entry: Entry,
  along: Along,
  figure: "train" | "metric",
): [number, number][] {
  return entry.runs[0].points.slice(1).flatMap((point): [number, number][] => {
    const value = meanAt(entry, along, point[along], figure);
    return value === undefined || !Number.isFinite(value) ? [] : [[point[along], value]];
  });
}

/** Training loss along all three and the metric over seconds, for each problem; the best of each family. */
export function chartsOf(entries: readonly Entry[]): Chart[] {
  return byProblem(entries).flatMap((all) => {
    const own = shown(all.filter(({ runs }) => runs.length > 0)), [{ name, problem }] = all;
    const chart = (along: Along, figure: "train" | "metric"): Chart => ({
      name: `${name}_${figure === "train" ? "loss" : "metric"}_over_${along}`,
      title: problem.title,
      x: { label: LABELS[along], isLogarithmic: true },
      y: {
        label: figure === "train" ? "training loss" : `test ${problem.metric().name}`,
        isLogarithmic: figure === "train",
      },
      series: own.map((entry) => ({
        name: entry.method,
        isDashed: METHODS[entry.method].axes.initialDamping === undefined,
        points: pointsOf(entry, along, figure),
      })),
    });
    return [
      chart("step", "train"),
      chart("gradients", "train"),
      chart("seconds", "train"),
      chart("seconds", "metric"),
    ];
  });
}

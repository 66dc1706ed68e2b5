// What a bench says, and how it is printed and kept.
import { arch, cpus, platform } from "node:os";
import process from "node:process";
import type { Row } from "./harness.ts";

/** A file of bench/. */
export interface Bench {
  /** What it answers, one line. */
  readonly question: string;
  /** Where it runs unless the command line says otherwise. */
  readonly runtimes: readonly RuntimeName[];
  /** Packages of bench/rivals that it needs. */
  readonly needsRivals?: boolean;
  run(options: BenchOptions): Promise<Outcome>;
}

/** The runtimes of `--runtime`. */
export type RuntimeName = "deno" | "node26" | "node20";

/** What the command line passes on. */
export interface BenchOptions {
  /** Folder of the MNIST files. */
  readonly dataDirectory: string;
  /** Everything else of the form --key=value. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A figure that was to be reached. */
export interface Target {
  readonly what: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly measured: number;
}

/** One curve of a chart. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
  readonly isDashed?: boolean;
}

/** An axis of a chart. */
export interface Axis {
  readonly label: string;
  readonly isLogarithmic?: boolean;
}

/** Curves that are better seen than read. */
export interface Chart {
  /** What is added to the bench's name in the name of the picture's file. */
  readonly name: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

/** What one run on one runtime found. */
export interface Outcome {
  readonly rows: readonly Row[];
  readonly targets?: readonly Target[];
  readonly notes?: readonly string[];
  /** Whatever is not a timing, for example losses over epochs. */
  readonly data?: unknown;
  /** Kept as pictures beside the results. */
  readonly charts?: readonly Chart[];
}

/** One run with the runtime that it was on. */
export interface Run extends Outcome {
  readonly runtime: string;
  readonly engine: string;
  readonly machine: string;
}

/** A file of bench/results. */
export interface Report {
  readonly bench: string;
  readonly question: string;
  readonly library: string;
  readonly runs: readonly Run[];
}

/** Runtime, engine and machine of this process. */
export function provenance(): Pick<Run, "runtime" | "engine" | "machine"> {
  const { node, v8, deno } = process.versions as Record<string, string | undefined>;
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? "unknown processor";
  return {
    runtime: deno ? `Deno ${deno}` : `Node ${node}`,
    engine: `V8 ${v8}`,
    machine: `${model}, ${processors.length} cores, ${arch()} ${platform()}`,
  };
}

function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toPrecision(3);
}

function cellsOf(row: Row): Record<string, string> {
  const { name, repetitions, milliseconds, rate, ratios = {}, figures = {} } = row;
  const { median, p10, p90, minimum } = milliseconds;
  const cells: Record<string, string> = { case: name, n: String(repetitions) };
  Object.assign(cells, {
    "median ms": short(median),
    "p10": short(p10),
    "p90": short(p90),
    "min": short(minimum),
  });
  if (rate) cells[rate.unit] = short(rate.value);
  for (const [key, value] of Object.entries(ratios)) cells[key] = short(value);
  for (const [key, value] of Object.entries(figures)) {
    cells[key] = typeof value === "number" ? short(value) : value;
  }
  return cells;
}

/** Aligns cells under the union of their columns. */
export function table(rows: readonly Record<string, string>[]): string {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const width = (c: string): number =>
    Math.max(...rows.map((row) => (row[c] ?? "").length), c.length);
  const widths = new Map(columns.map((c) => [c, width(c)]));
  const line = (cell: (column: string) => string): string =>
    columns.map((c, i) => {
      const text = cell(c), columnWidth = widths.get(c) ?? 0;
      return i === 0 ? text.padEnd(columnWidth) : text.padStart(columnWidth);
    }).join("  ").trimEnd();
  return [line((c) => c), ...rows.map((row) => line((c) => row[c] ?? ""))].join("\n");
}

/** Whether a target was reached. */
export function isReached({ atLeast = -Infinity, atMost = Infinity, measured }: Target): boolean {
  return measured >= atLeast && measured <= atMost;
}

/** The run as text. */
export function describe(
  { runtime, engine, machine, rows, targets = [], notes = [] }: Run,
): string {
  const lines = [`${runtime} (${engine}) on ${machine}`];
  if (rows.length > 0) lines.push(table(rows.map(cellsOf)));
  for (const target of targets) {
    const { what, atLeast, atMost, measured } = target;
    const wanted = [
      ...(atLeast === undefined ? [] : [`at least ${short(atLeast)}`]),
      ...(atMost === undefined ? [] : [`at most ${short(atMost)}`]),
    ].join(", ");
    lines.push(
      `${isReached(target) ? "reached" : "missed "}  ${what}: ${short(measured)} (${wanted})`,
    );
  }
  lines.push(...notes);
  return lines.join("\n");
}

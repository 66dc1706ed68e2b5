// The options of `curvature demo`.
import { parseArgs } from "@std/cli/parse-args";
import type { DataSource } from "./experiment.ts";
import { METHODS } from "./methods.ts";
import { UsageError } from "./usage_error.ts";

/** Data sets that the demo knows. */
export const DATA: readonly DataSource["data"][] = ["digits", "curves", "mnist"];

/** What the user asked for. */
export interface DemoOptions {
  /** What to learn from. */
  readonly source: DataSource;
  /** Names of methods, in the order in which they run. */
  readonly optimizers: readonly string[];
  /** Passes over the data; undefined leaves it to the experiment. */
  readonly epochs: number | undefined;
  /** Seed of initial weights and order of samples. */
  readonly seed: number;
  /** File for the results as JSON. */
  readonly json: string | undefined;
  /** File for the report. */
  readonly report: string;
  /** Whether only the help is wanted. */
  readonly help: boolean;
}

const TEXT_OPTIONS = ["data", "data-dir", "optimizer", "epochs", "seed", "json", "report"];
const LARGEST_EPOCHS = 100_000;

/**
 * Reads the arguments of `curvature demo`.
 *
 * @throws {UsageError} when an option is unknown or has a value that is not allowed.
 */
export function parseOptions(args: readonly string[]): DemoOptions {
  const given = parseArgs([...args], {
    string: TEXT_OPTIONS,
    boolean: ["help"],
    alias: { h: "help" },
    default: { data: "digits", optimizer: "k-bfgs,adam", seed: "0" },
    unknown: refuse,
  }) as Record<string, string | undefined>;
  for (const option of TEXT_OPTIONS) {
    if (given[option] === "") throw new UsageError(`Cannot run the demo: --${option} has no value`);
  }
  const data = oneOf("data", given.data ?? "", DATA);
  const dataDirectory = given["data-dir"];
  if (data === "mnist" && dataDirectory === undefined) {
    throw new UsageError("Cannot run the demo: --data mnist needs --data-dir DIR");
  }
  if (data !== "mnist" && dataDirectory !== undefined) {
    throw new UsageError("Cannot run the demo: --data-dir goes with --data mnist");
  }
  const names = (given.optimizer ?? "").split(",");
  return {
    source: { data, dataDirectory },
    optimizers: [...new Set(names.map((name) => oneOf("optimizer", name, Object.keys(METHODS))))],
    epochs: given.epochs === undefined
      ? undefined
      : whole("epochs", given.epochs, 1, LARGEST_EPOCHS),
    seed: whole("seed", given.seed ?? "", 0, Number.MAX_SAFE_INTEGER),
    json: given.json,
    report: given.report ?? `reports/${data}.html`,
    help: Boolean(given.help),
  };
}

function refuse(argument: string): never {
  const options = [...TEXT_OPTIONS, "help"].map((option) => `--${option}`);
  throw new UsageError(
    `Cannot run the demo: there is no ${argument.replace(/=.*/s, "")}, the options are ${
      options.join(", ")
    }`,
  );
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === value);
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot run the demo: --${option} is "${value}", not one of ${allowed.join(", ")}`,
  );
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(
    `Cannot run the demo: --${option} is "${text}", not a whole number from ${least} to ${most}`,
  );
}

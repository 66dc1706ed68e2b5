// Runs that are kept one by one, so that a long bench can be run in pieces: a file for each, named by all that
// distinguishes it, written when the run ends and never a second time.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

/** All that distinguishes a run, from the general to the particular. */
export type RunKey = Readonly<Record<string, string | number>>;

// What JSON has no numbers for.
const NOT_FINITE: Readonly<Record<string, number>> = {
  NaN: NaN,
  Infinity: Infinity,
  "-Infinity": -Infinity,
};

function encode(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? { number: String(value) } : value;
}

function decode(_: string, value: unknown): unknown {
  const { number } = (value ?? {}) as { number?: unknown };
  const isNumber = typeof number === "string" && Object.hasOwn(NOT_FINITE, number);
  return isNumber ? NOT_FINITE[number] : value;
}

/** A folder of runs. */
export class RunStore {
  readonly #folder: string;

  /** The folder is made with its first run. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The file of a run, with a folder for each part of the key but the last.
   *
   * @throws {RangeError} when a part of the key cannot be in a file's name.
   */
  fileOf(key: RunKey): string {
    const parts = Object.entries(key).map(([name, value]) => `${name}=${value}`);
    const wrong = parts.find((part) => !/^[\w.+=-]+$/.test(part));
    if (wrong !== undefined) throw new RangeError(`Cannot keep a run: "${wrong}" names no file`);
    return `${join(this.#folder, ...parts)}.json`;
  }

  /**
   * What a run has found, or undefined when it is not here.
   *
   * @throws {SyntaxError} when its file is no JSON.
   */
  find<T>(key: RunKey): T | undefined {
    const file = this.fileOf(key);
    if (!existsSync(file)) return undefined;
    try {
      return (JSON.parse(readFileSync(file, "utf8"), decode) as { result: T }).result;
    } catch (error) {
      throw new SyntaxError(`Cannot read ${file}: it is no run`, { cause: error });
    }
  }

  /** Keeps what a run has found, with its circumstances; a reader sees the whole file or none. */
  keep(key: RunKey, result: unknown, circumstances: object = {}): void {
    const file = this.fileOf(key), unfinished = `${file}.${process.pid}`;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(unfinished, `${JSON.stringify({ key, ...circumstances, result }, encode)}\n`);
    renameSync(unfinished, file);
  }
}

/** How long a call may go on. */
export interface Allowance {
  /** Seconds of the clock for all runs of the call. */
  readonly seconds: number;
  /** What the first run is expected to take. */
  readonly expected: number;
  /** The clock, in seconds. */
  readonly clock: () => number;
  /** What is kept beside each result. */
  readonly circumstances?: object;
}

/** One call's share of a bench: kept runs at once, others while time is left for one as long as the longest so far. */
export class Piece {
  readonly #store: RunStore;
  readonly #allowance: Allowance;
  readonly #start: number;
  #longest: number;
  #made = 0;

  /** Its time begins now. */
  constructor(store: RunStore, allowance: Allowance) {
    this.#store = store;
    this.#allowance = allowance;
    this.#start = allowance.clock();
    this.#longest = allowance.expected;
  }

  /** Runs that this call has made itself. */
  get made(): number {
    return this.#made;
  }

  /** The kept result, or that of a run made now and kept; undefined when there is no time for it. */
  take<T>(key: RunKey, run: () => T): T | undefined {
    const kept = this.#store.find<T>(key);
    if (kept !== undefined) return kept;
    const { clock, seconds, circumstances } = this.#allowance, before = clock();
    if (before - this.#start + this.#longest > seconds) return undefined;
    const result = run();
    this.#store.keep(key, result, circumstances);
    this.#made++;
    this.#longest = Math.max(this.#longest, clock() - before);
    return result;
  }
}

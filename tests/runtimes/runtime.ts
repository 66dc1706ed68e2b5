// What `deno task test` needs to know of a runtime.

/** Counts of one run of the suite. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** What the runtime said, kept for failures. */
  readonly log: string;
}

/** One row of the table in ../run.ts. */
export interface Runtime {
  readonly name: string;
  /** The program, or undefined when this machine has none; `hint` says how to provide it. */
  find(): Promise<string | undefined>;
  readonly hint: string;
  /** Whether it runs the tests of a file, given by its path from the root. */
  takes(file: string): boolean;
  /** Runs the tests of these files. */
  run(program: string, files: readonly string[]): Promise<Tally>;
}

/** A runtime that takes longer is stopped: one that hangs, not one that shares its cores with others. */
export const LIMIT_MS = 15 * 60_000;

/** Whether a file is about the package that is built, and runs where the suite is built JavaScript. */
export function isBuilt(file: string): boolean {
  return file.startsWith("tests/built/");
}

/** Whether a file of tests needs nothing but the language and what pages have. */
export function isShared(file: string): boolean {
  return isForHosts(file) && !file.includes("/host/");
}

/** Whether a file of tests runs on hosts with node: builtins. */
export function isForHosts(file: string): boolean {
  return file.endsWith("_test.ts") && !isBuilt(file) && !/\/(deno|page|tiers)\//.test(file);
}

/** A tally from a runtime's own summary; an exit code that contradicts it counts as one failure. */
export function tally(code: number, passed: number, failed: number, log: string): Tally {
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, log };
}

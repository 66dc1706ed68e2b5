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
  /** Whether a CI run without it fails. */
  readonly isRequired: boolean;
  /** The program, or undefined when this machine has none; `hint` says how to provide it. */
  find(): Promise<string | undefined>;
  readonly hint: string;
  /** Runs the tests of these files, given by their paths from the root. */
  run(program: string, files: readonly string[]): Promise<Tally>;
}

/** A tally from a runtime's own summary; an exit code that contradicts it counts as one failure. */
export function tally(code: number, passed: number, failed: number, log: string): Tally {
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, log };
}

// Programs of their own for host tests: the module itself is started again, by the runtime that runs the test.
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { IS_DENO } from "./scale.ts";

const DENO_ARGUMENTS = ["run", "-A", "--no-check", "--quiet"];
const CHILD = "--child";

/** The arguments that a parent gave, undefined when the module was not started as a child. */
export function childArguments(): string[] | undefined {
  const at = process.argv.indexOf(CHILD);
  return at < 0 ? undefined : process.argv.slice(at + 1);
}

/** On what kind of host a child runs. */
export interface ChildOptions {
  /** Flags of V8. */
  readonly v8Flags?: readonly string[];
  /** Environment variables beside those of the parent. */
  readonly env?: Readonly<Record<string, string>>;
  /** The most address space that it may have, in KiB, where there is a POSIX shell. */
  readonly addressSpace?: number;
}

/** Starts the module at `url` with arguments. */
export function startChild(
  url: string,
  args: readonly string[],
  { v8Flags = [], env = {}, addressSpace }: ChildOptions = {},
): ChildProcess {
  const flags = IS_DENO && v8Flags.length > 0 ? [`--v8-flags=${v8Flags.join()}`] : v8Flags;
  const start = IS_DENO ? [...DENO_ARGUMENTS, ...flags] : flags;
  const all = [...start, fileURLToPath(url), CHILD, ...args];
  const options = {
    stdio: ["ignore", "pipe", "inherit"] as ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  };
  if (addressSpace === undefined) return spawn(process.execPath, all, options);
  const limited = `ulimit -v ${addressSpace} && exec "$0" "$@"`;
  return spawn("/bin/sh", ["-c", limited, process.execPath, ...all], options);
}

/** Waits for the end of a child: its exit code, or the signal that ended it. */
export function ended(child: ChildProcess): Promise<number | string | null> {
  return new Promise((resolve) => child.on("exit", (code, signal) => resolve(signal ?? code)));
}

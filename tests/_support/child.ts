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

/** Starts the module at `url` with arguments. */
export function startChild(url: string, args: readonly string[]): ChildProcess {
  const start = IS_DENO ? DENO_ARGUMENTS : [];
  const all = [...start, fileURLToPath(url), CHILD, ...args];
  return spawn(process.execPath, all, { stdio: ["ignore", "pipe", "inherit"] });
}

/** Waits for the end of a child: its exit code, or the signal that ended it. */
export function ended(child: ChildProcess): Promise<number | string | null> {
  return new Promise((resolve) => child.on("exit", (code, signal) => resolve(signal ?? code)));
}

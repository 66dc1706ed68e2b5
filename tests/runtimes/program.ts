// Finding a runtime's program.
import { run } from "../../tools/_support/command.ts";

/** The first of these programs that is there and whose `--version` matches. */
export async function findProgram(
  candidates: readonly (string | undefined)[],
  version: RegExp,
): Promise<string | undefined> {
  for (const program of candidates) {
    const outcome = program && await run(program, ["--version"]);
    if (outcome && version.test(outcome.stdout)) return program;
  }
}

/** Where a program is that is found by its name. */
export async function pathOf(program: string): Promise<string> {
  const outcome = await run("sh", ["-c", 'command -v "$0"', program]);
  return outcome?.stdout.trim() ?? program;
}

// Bun, the one runtime here whose engine is JavaScriptCore, runs what Node runs, the TypeScript itself.
import { run } from "../../tools/_support/command.ts";
import { ROOT } from "../../tools/_support/project.ts";
import { findProgram } from "./program.ts";
import { isForHosts, LIMIT_MS, type Runtime, tally } from "./runtime.ts";

const TEST_LIMIT_MS = 90_000;

/** Bun: `$BUN` or `bun`. */
export const bunRuntime: Runtime = {
  name: "Bun",
  hint: "set BUN to its path",
  find: () => findProgram([Deno.env.get("BUN"), "bun"], /^\d/),
  takes: isForHosts,
  async run(program, files) {
    // Without `./` a name is a filter of files that Bun looks for itself.
    const args = ["test", `--timeout=${TEST_LIMIT_MS}`, ...files.map((file) => `./${file}`)];
    const outcome = await run(program, args, { cwd: ROOT, limit: LIMIT_MS });
    const log = `${outcome?.stdout ?? ""}${outcome?.stderr ?? ""}`;
    const count = (what: string): number =>
      Number(log.match(new RegExp(`^ *(\\d+) ${what}$`, "m"))?.[1] ?? 0);
    return tally(outcome?.code ?? 1, count("pass"), count("fail"), log);
  },
};

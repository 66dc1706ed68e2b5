// Deno runs every test as it is, and the examples of the documentation.
import { run } from "../../tools/_support/command.ts";
import { ROOT } from "../../tools/_support/project.ts";
import { isBuilt, LIMIT_MS, type Runtime, tally } from "./runtime.ts";
import { isAboutBits, type Tier } from "./tiers.ts";

/** The Deno that runs this file; with a tier, held to that tier of V8. */
export function denoRuntime(tier?: Tier): Runtime {
  const extra = tier ? `--v8-flags=${tier.flags.join(",")}` : "--doc";
  return {
    name: `Deno ${Deno.version.deno}${tier ? ` ${tier.name}` : ""}`,
    hint: "",
    find: () => Promise.resolve(Deno.execPath()),
    takes: (file) => tier ? isAboutBits(file) : !isBuilt(file) && !/\/(page|tiers)\//.test(file),
    async run(program, files) {
      const args = ["test", "-A", "--parallel", "--no-check", extra, ...files];
      const outcome = await run(program, args, { cwd: ROOT, limit: LIMIT_MS });
      const log = `${outcome?.stdout ?? ""}${outcome?.stderr ?? ""}`;
      const [, passed = 0, failed = 0] = log.match(/(\d+) passed.*? \| (\d+) failed/) ?? [];
      return tally(outcome?.code ?? 1, Number(passed), Number(failed), log);
    },
  };
}

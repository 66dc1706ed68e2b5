// Deno runs every test as it is, and the examples of the documentation.
import { run } from "../../tools/_support/command.ts";
import { exists, ROOT } from "../../tools/_support/project.ts";
import { type Runtime, tally } from "./runtime.ts";

const DOCUMENTED = ["mod.ts", "src", "README.md", "docs"];

/** The Deno that runs this file. */
export const denoRuntime: Runtime = {
  name: `Deno ${Deno.version.deno}`,
  isRequired: true,
  hint: "",
  find: () => Promise.resolve(Deno.execPath()),
  async run(program, files) {
    const args = ["test", "-A", "--parallel", "--no-check", "--doc"];
    const outcome = await run(program, [...args, ...files, ...DOCUMENTED.filter(exists)], {
      cwd: ROOT,
    });
    const log = `${outcome?.stdout ?? ""}${outcome?.stderr ?? ""}`;
    const [, passed = 0, failed = 0] = log.match(/(\d+) passed.*? \| (\d+) failed/) ?? [];
    return tally(outcome?.code ?? 1, Number(passed), Number(failed), log);
  },
};

// Node runs the shared tests and those in host/: Node 20 as JavaScript, Node 26 the TypeScript itself.
import { fileURLToPath } from "node:url";
import { run } from "../../tools/_support/command.ts";
import { filesUnder, ROOT } from "../../tools/_support/project.ts";
import { transpile } from "../../tools/_support/transpile.ts";
import { type Runtime, type Tally, tally } from "./runtime.ts";

/** Node of one major version: `$NODE20`, `node20` or `node`, whichever is that version. */
export function nodeRuntime(major: number): Runtime {
  return {
    name: `Node ${major}`,
    isRequired: true,
    hint: `set NODE${major} to its path`,
    async find() {
      for (const program of [Deno.env.get(`NODE${major}`), `node${major}`, "node"]) {
        const version = program && await run(program, ["--version"]);
        if (version && version.stdout.startsWith(`v${major}.`)) return program;
      }
    },
    run: (program, files) => {
      const shared = files.filter((file) => !file.includes("/deno/"));
      return major < 22 ? runTranspiled(program, shared) : runFiles(program, shared, ROOT);
    },
  };
}

async function runTranspiled(program: string, files: readonly string[]): Promise<Tally> {
  const folder = await Deno.makeTempDir();
  try {
    await transpile(files, folder);
    await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }');
    for (const file of filesUnder("tests").filter((file) => !file.endsWith(".ts"))) {
      await Deno.mkdir(new URL(".", `file://${folder}/${file}`), { recursive: true });
      await Deno.remove(`${folder}/${file}`).catch(() => {}); // JSON comes with its importer
      await Deno.symlink(fileURLToPath(new URL(file, ROOT)), `${folder}/${file}`);
    }
    return await runFiles(program, files.map((file) => file.replace(/ts$/, "js")), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function runFiles(
  program: string,
  files: readonly string[],
  cwd: string | URL,
): Promise<Tally> {
  const outcome = await run(program, ["--test", "--test-reporter=spec", ...files], { cwd });
  const log = `${outcome?.stdout ?? ""}${outcome?.stderr ?? ""}`;
  const count = (what: string): number =>
    Number(log.match(new RegExp(`^ℹ ${what} (\\d+)$`, "m"))?.[1] ?? 0);
  return tally(outcome?.code ?? 1, count("pass"), count("fail") + count("cancelled"), log);
}

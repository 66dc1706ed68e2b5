// Node runs the shared tests and those in host/: Node 20 as JavaScript, Node 26 the TypeScript itself.
import { run } from "../../tools/_support/command.ts";
import { ROOT } from "../../tools/_support/project.ts";
import { asJavaScript, builtSuite } from "./javascript.ts";
import { findProgram } from "./program.ts";
import { isBuilt, isForHosts, LIMIT_MS, type Runtime, tally } from "./runtime.ts";
import { isAboutBits, type Tier } from "./tiers.ts";

/** Node of one major version: `$NODE20`, `node20` or `node`, whichever is that version. */
export function nodeRuntime(major: number, tier?: Tier): Runtime {
  const candidates = [Deno.env.get(`NODE${major}`), `node${major}`, "node"];
  const readsTypeScript = major >= 22;
  return {
    name: `Node ${major}${tier ? ` ${tier.name}` : ""}`,
    hint: `set NODE${major} to its path`,
    find: () => findProgram(candidates, new RegExp(`^v${major}\\.`)),
    takes: (file) =>
      tier ? isAboutBits(file) : isForHosts(file) || (!readsTypeScript && isBuilt(file)),
    async run(program, files) {
      // All files in one process, as in Bun: to load the library for each anew takes longer than its tests.
      const flags = [...tier?.flags ?? [], "--test", "--test-reporter=spec"];
      const built = readsTypeScript ? undefined : await builtSuite();
      const args = built === undefined
        ? ["--test-isolation=none", ...files]
        : [await together(built, files.map(asJavaScript), tier?.name)];
      const outcome = await run(program, [...flags, ...args], {
        cwd: built ?? ROOT,
        limit: LIMIT_MS,
      });
      const log = `${outcome?.stdout ?? ""}${outcome?.stderr ?? ""}`;
      const count = (what: string): number =>
        Number(log.match(new RegExp(`^ℹ ${what} (\\d+)$`, "m"))?.[1] ?? 0);
      return tally(outcome?.code ?? 1, count("pass"), count("fail") + count("cancelled"), log);
    },
  };
}

/** One file of the built suite that imports all of these, for a Node that has no other way; says where it is. */
async function together(folder: string, files: readonly string[], of = ""): Promise<string> {
  const name = `together${of}.test.js`;
  await Deno.writeTextFile(
    `${folder}/${name}`,
    files.map((file) => `import "./${file}";\n`).join(""),
  );
  return name;
}

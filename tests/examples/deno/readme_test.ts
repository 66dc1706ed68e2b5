// The first program of the README runs as it stands where it says so, on Node 20 too, whose parser has no `using`.
import { run } from "../../../tools/_support/command.ts";
import { faces, ROOT } from "../../../tools/_support/project.ts";
import { transpile } from "../../../tools/_support/transpile.ts";
import { ok } from "../../_support/assert.ts";
import { skip, test } from "../../_support/harness.ts";
import { findProgram } from "../../runtimes/program.ts";

const LIMIT_MS = 120_000;

/** The first TypeScript block, with fewer samples. */
async function firstProgram(): Promise<string> {
  const text = await Deno.readTextFile(new URL("README.md", ROOT));
  const [, program = ""] = text.match(/```ts\n([\s\S]*?)```/) ?? [];
  return program.replace("train: 2000", "train: 50").replace("batchSize: 500", "batchSize: 25");
}

const node = await findProgram([Deno.env.get("NODE20"), "node20", "node"], /^v20\./);
const programs: [string, string, string[]][] = [["Deno", Deno.execPath(), ["run", "-A"]]];
if (node) programs.push(["Node 20", node, []]);
else skip("the first program of the README runs on Node 20", "set NODE20 to its path");

for (const [name, program, args] of programs) {
  test(`the first program of the README runs on ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await transpile(faces(), folder);
      const source = (await firstProgram()).replaceAll('"curvature"', '"./mod.js"')
        .replaceAll(/"curvature\/(\w+)"/g, '"./$1.js"');
      ok(source.includes("./mod.js"), "there is no program");
      await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }');
      await Deno.writeTextFile(`${folder}/program.js`, source);
      const outcome = await run(program, [...args, "program.js"], { cwd: folder, limit: LIMIT_MS });
      const printed = outcome?.stdout ?? "";
      ok(/^parameters [0-9a-f]{64}$/m.test(printed), `${printed}${outcome?.stderr}`);
      ok(!outcome?.stderr, `${outcome?.stderr}`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

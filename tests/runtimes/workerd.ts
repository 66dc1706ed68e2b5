// workerd, on which Cloudflare's edge workers run: no files, no workers, and bytes are compiled while a
// module loads or never. It runs the shared tests from the built JavaScript, a process for each file.
import { run } from "../../tools/_support/command.ts";
import { asJavaScript, builtSuite } from "./javascript.ts";
import { findProgram } from "./program.ts";
import { isBuilt, isShared, type Runtime, tally } from "./runtime.ts";

const FILE_LIMIT_MS = 120_000;
const COMPATIBILITY_DATE = "2025-06-01"; // the first day whose workers compile bytes while they load

/** workerd: `$WORKERD` or `workerd`. */
export const workerdRuntime: Runtime = {
  name: "workerd",
  hint: "set WORKERD to its path",
  find: () => findProgram([Deno.env.get("WORKERD"), "workerd"], /^workerd/),
  takes: (file) => isShared(file) || isBuilt(file),
  async run(program, files) {
    const folder = await builtSuite();
    const modules = [...walk(folder)];
    let passed = 0, failed = 0, log = "";
    for (const file of files.map(asJavaScript)) {
      await Deno.writeTextFile(`${folder}/worker.js`, worker(file));
      await Deno.writeTextFile(`${folder}/worker.capnp`, configuration(modules));
      const outcome = await run(program, ["test", "worker.capnp"], {
        cwd: folder,
        limit: FILE_LIMIT_MS,
      });
      const lines = outcome?.stdout ?? "";
      const count = (pattern: RegExp): number => lines.match(pattern)?.length ?? 0;
      const { passed: good, failed: bad } = tally(
        outcome?.code ?? 1,
        count(/^ok - /gm),
        count(/^not ok - /gm),
        lines,
      );
      passed += good;
      failed += bad;
      log += lines;
      if (bad > 0) log += `${file}: ${outcome?.stderr}`;
    }
    return { passed, failed, log };
  },
};

/** Every JavaScript and JSON file of a folder, by its path from there. */
function* walk(folder: string, path = ""): Iterable<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${path}`)) {
    if (isDirectory) yield* walk(folder, `${path}${name}/`);
    else if (/\.js(on)?$/.test(name) && name !== "worker.js") yield path + name;
  }
}

function worker(file: string): string {
  return `import "./${file}";
export default {
  async test() {
    let failures = 0;
    for (const { name, body } of globalThis.collectedTests) {
      const test = ${JSON.stringify(file)} + ": " + name;
      try {
        await body?.();
        console.log((body ? "ok - " : "skip - ") + test);
      } catch (error) {
        failures++;
        console.log("not ok - " + test + "\\n" + (error.stack ?? error));
      }
    }
    if (failures > 0) throw new Error(failures + " failed");
  },
};
`;
}

function configuration(modules: readonly string[]): string {
  const lines = modules.map((path) =>
    `    (name = "${path}", ${path.endsWith("on") ? "json" : "esModule"} = embed "${path}"),`
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "tests", worker = .worker)]);
const worker :Workerd.Worker = (
  compatibilityDate = "${COMPATIBILITY_DATE}",
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
${lines.join("\n")}
  ],
);
`;
}

// A real headless browser runs the shared tests, and those in page/ that are about pages, from the
// built JavaScript. The driver is a program of its own, with dependencies that nothing else downloads.
import { fileURLToPath } from "node:url";
import { run } from "../../tools/_support/command.ts";
import { asJavaScript, builtSuite } from "./javascript.ts";
import { findProgram, pathOf } from "./program.ts";
import { isBuilt, isShared, LIMIT_MS, type Runtime, tally } from "./runtime.ts";

const DRIVER = fileURLToPath(new URL("browser/", import.meta.url));

/** A browser as puppeteer calls it, and the names that its program may have. */
function browserRuntime(
  name: string,
  kind: "chrome" | "firefox",
  programs: readonly string[],
): Runtime {
  const variable = name.toUpperCase();
  return {
    name,
    hint: `set ${variable} to its path`,
    find: () => findProgram([Deno.env.get(variable), ...programs], new RegExp(name)),
    takes: (file) => isShared(file) || isBuilt(file) || file.includes("/page/"),
    async run(program, files) {
      const folder = await builtSuite();
      // Browsers scatter profiles and sockets over the folder for temporary files: one to throw away.
      const scratch = await Deno.makeTempDir();
      try {
        const config = `${DRIVER}deno.json`;
        const args = ["run", "-A", "--quiet", "--frozen", `--config=${config}`, `${DRIVER}main.ts`];
        const outcome = await run(
          Deno.execPath(),
          [...args, kind, await pathOf(program), folder, ...files.map(asJavaScript)],
          { env: { TMPDIR: scratch }, limit: LIMIT_MS },
        );
        const log = `${outcome?.stdout ?? ""}${outcome?.stderr ?? ""}`;
        const [, passed = 0, failed = 0] = log.match(/^(\d+) passed, (\d+) failed$/m) ?? [];
        return tally(outcome?.code ?? 1, Number(passed), Number(failed), log);
      } finally {
        await Deno.remove(scratch, { recursive: true });
      }
    },
  };
}

/** `$CHROMIUM`, or what distributions call it. */
export const chromium: Runtime = browserRuntime("Chromium", "chrome", [
  "chromium",
  "chromium-browser",
]);

/** `$FIREFOX`, or what distributions call it. */
export const firefox: Runtime = browserRuntime("Firefox", "firefox", ["firefox", "firefox-esr"]);

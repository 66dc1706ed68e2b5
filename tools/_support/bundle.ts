// The library as one file, for pages and edge workers.
import { deno } from "./command.ts";
import { ROOT } from "./project.ts";

/** Writes the bundle to the file `output`. */
export async function bundle(output: string): Promise<void> {
  await deno(["bundle", "--platform=browser", "--minify", `--output=${output}`, "mod.ts"], {
    cwd: ROOT,
  });
}

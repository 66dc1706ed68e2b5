// The library as one file, for pages and edge workers.
import { deno } from "./command.ts";
import { ROOT } from "./project.ts";

/** Bundles the module `input`, already JavaScript that Node 20 reads: Deno lowers no `using`. */
export async function bundle(input: string, output: string): Promise<void> {
  const options = ["--platform=browser", "--minify", `--output=${output}`];
  await deno(["bundle", ...options, input], { cwd: ROOT });
}

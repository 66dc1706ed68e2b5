// The library as one file, for pages and edge workers, or as few, for packages.
import { deno } from "./command.ts";
import { ROOT } from "./project.ts";

/** Bundles the module `input`, already JavaScript that Node 20 reads: Deno lowers no `using`. */
export async function bundle(input: string, output: string): Promise<void> {
  const options = ["--platform=browser", "--minify", `--output=${output}`];
  await deno(["bundle", ...options, input], { cwd: ROOT });
}

/** Bundles modules that share what they import: one file for each, in the same tree, and the shared parts. */
export async function bundleTogether(
  inputs: readonly string[],
  outDir: string,
  packages: readonly string[],
): Promise<void> {
  const external = packages.map((name) => `--external=${name}/*`);
  const options = ["--platform=browser", "--minify", "--code-splitting", `--outdir=${outDir}`];
  await deno(["bundle", ...options, ...external, ...inputs], { cwd: ROOT });
}

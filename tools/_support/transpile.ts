// TypeScript to the JavaScript that Node 20 reads: types gone, `.ts` specifiers to `.js`, `using` lowered.
import { fileURLToPath } from "node:url";
import { deno } from "./command.ts";
import { ROOT } from "./project.ts";

// With a lock file of its own: Deno downloads all that a lock file names, and tests need no AssemblyScript.
const COMPILER = ["--no-config", "--lock=tools/typescript.lock", "npm:typescript@7.0.2/tsc"];

/** Writes the JavaScript of `files` and of all that they import under `outDir`, in the same tree. */
export async function transpile(
  files: readonly string[],
  outDir: string,
  { declaration = false }: { readonly declaration?: boolean } = {},
): Promise<void> {
  const configuration = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(
      configuration,
      JSON.stringify({
        compilerOptions: {
          target: "es2022",
          lib: ["esnext", "dom"],
          module: "esnext",
          moduleResolution: "bundler",
          rewriteRelativeImportExtensions: true,
          // `deno check` has seen these files; here they are only translated.
          noCheck: true,
          types: [],
          declaration,
          rootDir: fileURLToPath(ROOT),
          outDir,
        },
        files: files.map((file) => fileURLToPath(new URL(file, ROOT))),
      }),
    );
    await deno(["run", "-A", ...COMPILER, "-p", configuration], { cwd: ROOT });
  } finally {
    await Deno.remove(configuration);
  }
}

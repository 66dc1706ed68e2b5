// TypeScript to the JavaScript that Node 20 reads: types gone, `.ts` specifiers to `.js`, `using` lowered.
import { fileURLToPath } from "node:url";
import { ROOT } from "./project.ts";
import { tsc } from "./tsc.ts";

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
    await tsc(configuration);
  } finally {
    await Deno.remove(configuration);
  }
}

// The suite as JavaScript, for Node 20, pages and edge workers; made once for all of them.
import { fileURLToPath } from "node:url";
import { KERNELS_BASE64 } from "../../src/runtime/kernels_wasm.ts";
import { bundle } from "../../tools/_support/bundle.ts";
import { filesUnder, ROOT } from "../../tools/_support/project.ts";
import { transpile } from "../../tools/_support/transpile.ts";

let built: Promise<string> | undefined;

/** The path that a file of tests has in the built folder. */
export function asJavaScript(file: string): string {
  return file.replace(/\.ts$/, ".js");
}

/** A folder with every test that needs no Deno and all that they import, in the project's tree. */
export function builtSuite(): Promise<string> {
  return built ??= build();
}

/** Removes the folder. */
export async function removeBuiltSuite(): Promise<void> {
  if (built) await Deno.remove(await built, { recursive: true });
}

async function build(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const files = filesUnder("tests").filter((file) => !file.includes("/deno/"));
  await transpile(files.filter((file) => file.endsWith("_test.ts")), folder);
  await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }');
  for (const file of files.filter((file) => !/\.(ts|lock)$|deno\.json$/.test(file))) {
    await Deno.mkdir(new URL(".", `file://${folder}/${file}`), { recursive: true });
    await Deno.copyFile(fileURLToPath(new URL(file, ROOT)), `${folder}/${file}`);
  }
  await Deno.writeFile(`${folder}/kernels.wasm`, Uint8Array.fromBase64(KERNELS_BASE64));
  await bundle(`${folder}/tests/_support/api.js`, `${folder}/bundle.js`);
  return folder;
}

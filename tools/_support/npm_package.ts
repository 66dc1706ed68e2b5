// The npm package: JavaScript in few files, since a program starts slowly with many, each entry with one
// file of declarations; one bundled file for pages; the bare kernels.
import { pathToFileURL } from "node:url";
import { KERNELS_BASE64 } from "../../src/runtime/kernels_wasm.ts";
import { bundle, bundleTogether } from "./bundle.ts";
import { type Configuration, configuration, entries, exists, filesUnder, ROOT } from "./project.ts";
import { type Elsewhere, rollDeclarations } from "./roll_declarations.ts";
import { transpile } from "./transpile.ts";

interface Entry {
  readonly types: string;
  readonly default: string;
}

const NAME = "curvature";
const DESCRIPTION =
  "Second-order training of neural networks: the same bits on every JavaScript runtime";
const BUNDLE = `${NAME}.js`;
const MAIN = "mod";
// Without it, a consumer whose `lib` stops at es2024 cannot name Symbol.dispose.
const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n';

/** Makes the package in a folder, which must be empty or not there. */
export async function buildPackage(folder: string): Promise<void> {
  const project = configuration();
  const modules = await Deno.makeTempDir();
  try {
    await transpile(entries(), modules, { declaration: true });
    const packages = await resolveAliases(modules, project.imports);
    await Deno.mkdir(folder, { recursive: true });
    const scripts = stems().map((stem) => `${modules}/${stem}.js`);
    await bundleTogether(scripts, folder, Object.keys(packages));
    await bundle(`${modules}/${MAIN}.js`, `${folder}/${BUNDLE}`);
    await writeDeclarations(modules, folder);
    await Deno.writeFile(`${folder}/kernels.wasm`, Uint8Array.fromBase64(KERNELS_BASE64));
    await Deno.writeTextFile(`${folder}/package.json`, manifest(project, packages));
    for (const page of ["README.md", "LICENSE", "CHANGELOG.md"].filter(exists)) {
      await Deno.copyFile(new URL(page, ROOT), `${folder}/${page}`);
    }
  } finally {
    await Deno.remove(modules, { recursive: true });
  }
}

/** Entries without their extension, the main one first: others refer to its declarations. */
function stems(): string[] {
  const all = entries().map((source) => source.replace(/\.ts$/, ""));
  return [MAIN, ...all.filter((stem) => stem !== MAIN)];
}

/** One file of declarations for each entry, and a line in its JavaScript that leads Deno to it by URL. */
async function writeDeclarations(modules: string, folder: string): Promise<void> {
  const read = (path: string): string => Deno.readTextFileSync(`${modules}/${path}`);
  const main = rollDeclarations(`${MAIN}.d.ts`, read);
  await Deno.writeTextFile(`${folder}/${MAIN}.d.ts`, DISPOSABLE + main.text);
  await nameDeclarations(`${folder}/${BUNDLE}`, `./${MAIN}.d.ts`);
  for (const stem of stems()) {
    const file = stem.split("/").at(-1);
    await nameDeclarations(`${folder}/${stem}.js`, `./${file}.d.ts`);
    if (stem === MAIN) continue;
    const up = "../".repeat(stem.split("/").length - 1);
    const elsewhere: Elsewhere = { specifier: `${up}${MAIN}.js`, names: main.names };
    const { text } = rollDeclarations(`${stem}.d.ts`, read, elsewhere);
    await Deno.writeTextFile(`${folder}/${stem}.d.ts`, text);
  }
}

async function nameDeclarations(script: string, declarations: string): Promise<void> {
  const text = await Deno.readTextFile(script);
  await Deno.writeTextFile(script, `// @ts-self-types="${declarations}"\n${text}`);
}

/** The manifest's entry of a module of deno.json's `exports`. */
function entry(source: string): Entry {
  const stem = source.replace(/\.ts$/, "");
  return { types: `${stem}.d.ts`, default: `${stem}.js` };
}

/** `npm:package@version/path` in parts. */
function parseNpm(target: string): { name: string; version: string; path: string } | undefined {
  const [, name, version, path] = target.match(/^npm:(.+)@([^/]+)(\/.*)$/) ?? [];
  return name && version && path ? { name, version, path } : undefined;
}

/** Names of packages instead of the import map's aliases; says which packages, with versions. */
async function resolveAliases(
  folder: string,
  aliases: Configuration["imports"],
): Promise<Record<string, string>> {
  const packages: Record<string, string> = {};
  const root = pathToFileURL(`${folder}/`);
  for (const file of filesUnder(".", root).filter((file) => /\.(js|d\.ts)$/.test(file))) {
    const text = await Deno.readTextFile(new URL(file, root));
    const resolved = text.replaceAll(/(?<=\bfrom )"([^".][^"]*)"/g, (whole, alias: string) => {
      const found = parseNpm(aliases[alias] ?? "");
      if (found === undefined) return whole;
      packages[found.name] = found.version;
      return `"${found.name}${found.path}"`;
    });
    if (resolved !== text) await Deno.writeTextFile(new URL(file, root), resolved);
  }
  return packages;
}

function manifest(
  { version, license, exports }: Configuration,
  packages: Record<string, string>,
): string {
  const modules = Object.entries(exports).map(([name, source]) => [name, entry(source)]);
  const fields = {
    name: NAME,
    version,
    description: DESCRIPTION,
    license,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.19" },
    // The main entry needs nothing; who uses another entry installs what that one needs.
    peerDependencies: packages,
    peerDependenciesMeta: Object.fromEntries(
      Object.keys(packages).map((name) => [name, { optional: true }]),
    ),
    exports: {
      ...Object.fromEntries(modules),
      "./kernels.wasm": "./kernels.wasm",
      "./bundle": { types: `./${MAIN}.d.ts`, default: `./${BUNDLE}` },
    },
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

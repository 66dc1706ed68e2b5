// The npm package: JavaScript in few files, since a program starts slowly with many; one bundled file for
// pages, whose declarations are those of all entries that need no package; the bare kernels.
import { pathToFileURL } from "node:url";
import { KERNELS_BASE64 } from "../../src/runtime/kernels_wasm.ts";
import { bundle, bundleTogether } from "./bundle.ts";
import {
  type Configuration,
  configuration,
  entries,
  exists,
  faces,
  filesUnder,
  ROOT,
} from "./project.ts";
import { type ReadDeclarations, rollDeclarations } from "./roll_declarations.ts";
import { transpile } from "./transpile.ts";

interface Entry {
  readonly types: string;
  readonly default: string;
}

const NAME = "curvature";
const DESCRIPTION =
  "Second-order training of neural networks: the same bits on every JavaScript runtime";
const BUNDLE = `${NAME}.js`;
const EVERYTHING = "everything";
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
    const scripts = entries().map((source) => `${modules}/${stemOf(source)}.js`);
    await bundleTogether(scripts, folder, Object.keys(packages));
    await Deno.writeTextFile(`${modules}/${EVERYTHING}.js`, exportsOfFaces());
    await bundle(`${modules}/${EVERYTHING}.js`, `${folder}/${BUNDLE}`);
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

/** A path without its extension. */
function stemOf(source: string): string {
  return source.replace(/\.ts$/, "");
}

/** A module that exports what all faces export. */
function exportsOfFaces(): string {
  return faces().map((face) => `export * from "./${stemOf(face)}.js";\n`).join("");
}

/**
 * The bundle's file of declarations has everything, and those of the faces are lists of names in it: classes with private
 * members are compatible only with themselves. A line in each script leads Deno to its types by URL.
 */
async function writeDeclarations(modules: string, folder: string): Promise<void> {
  const read = (path: string): string => Deno.readTextFileSync(`${modules}/${path}`);
  const lists = new Map<string, ReadonlySet<string>>();
  for (const face of faces()) {
    const stem = stemOf(face), { names } = rollDeclarations(`${stem}.d.ts`, read);
    lists.set(stem, names);
    await Deno.writeTextFile(`${folder}/${stem}.d.ts`, listText(names, `./${BUNDLE}`));
  }
  const all = rollDeclarations(`${EVERYTHING}.d.ts`, readAlso(`${EVERYTHING}.d.ts`, lists, read));
  await Deno.writeTextFile(`${folder}/${NAME}.d.ts`, DISPOSABLE + all.text);
  await nameDeclarations(`${folder}/${BUNDLE}`, `./${NAME}.d.ts`);
  for (const source of entries()) {
    const stem = stemOf(source);
    await nameDeclarations(`${folder}/${stem}.js`, `./${stem.split("/").at(-1)}.d.ts`);
    if (lists.has(stem)) continue;
    const specifier = `${"../".repeat(stem.split("/").length - 1)}${BUNDLE}`;
    const { text } = rollDeclarations(`${stem}.d.ts`, read, { specifier, names: all.names });
    await Deno.writeTextFile(`${folder}/${stem}.d.ts`, text);
  }
}

/** Reads a file too that is not there: it exports each name of the lists once. */
function readAlso(
  path: string,
  lists: ReadonlyMap<string, ReadonlySet<string>>,
  read: ReadDeclarations,
): ReadDeclarations {
  const owners = new Map(
    [...lists].flatMap(([stem, names]) => [...names].map((name) => [name, stem])),
  );
  const text = [...lists.keys()].map((stem) =>
    listText(
      [...owners].filter(([, owner]) => owner === stem).map(([name]) => name),
      `./${stem}.ts`,
    )
  );
  return (asked) => asked === path ? text.join("") : read(asked);
}

function listText(names: Iterable<string>, specifier: string): string {
  return `export { ${[...names].sort().join(", ")} } from "${specifier}";\n`;
}

async function nameDeclarations(script: string, declarations: string): Promise<void> {
  const text = await Deno.readTextFile(script);
  await Deno.writeTextFile(script, `// @ts-self-types="${declarations}"\n${text}`);
}

/** The manifest's entry of a module of deno.json's `exports`. */
function entry(source: string): Entry {
  const stem = stemOf(source);
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
      "./bundle": { types: `./${NAME}.d.ts`, default: `./${BUNDLE}` },
    },
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

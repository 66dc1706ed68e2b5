// Makes dist/, the npm package: JavaScript in few files, since a program starts slowly with many, with
// declarations; one bundled file for pages; the bare kernels.
import { fileURLToPath } from "node:url";
import { KERNELS_BASE64 } from "../src/runtime/kernels_wasm.ts";
import { bundle, bundleTogether } from "./_support/bundle.ts";
import {
  type Configuration,
  configuration,
  entries,
  exists,
  filesUnder,
  read,
  ROOT,
} from "./_support/project.ts";
import { transpile } from "./_support/transpile.ts";

interface Entry {
  readonly types: string;
  readonly default: string;
}

const NAME = "curvature";
const DESCRIPTION =
  "Second-order training of neural networks: the same bits on every JavaScript runtime";
const DIST = new URL("dist/", ROOT);
const BUNDLE = `dist/${NAME}.js`;

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
async function resolveAliases(aliases: Configuration["imports"]): Promise<Record<string, string>> {
  const packages: Record<string, string> = {};
  for (const file of filesUnder("dist").filter((file) => /\.(js|d\.ts)$/.test(file))) {
    const text = read(file);
    const resolved = text.replaceAll(/(?<=\bfrom )"([^".][^"]*)"/g, (whole, alias: string) => {
      const found = parseNpm(aliases[alias] ?? "");
      if (found === undefined) return whole;
      packages[found.name] = found.version;
      return `"${found.name}${found.path}"`;
    });
    if (resolved !== text) await Deno.writeTextFile(new URL(file, ROOT), resolved);
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
      "./bundle": `./${NAME}.js`,
    },
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/** Puts few bundled files in the place of the many that they were made of. */
async function bundleEntries(packages: readonly string[]): Promise<void> {
  const modules = filesUnder("dist").filter((file) => file.endsWith(".js") && file !== BUNDLE);
  const bundled = await Deno.makeTempDir();
  const sources = entries().map((source) => `dist/${source.replace(/\.ts$/, ".js")}`);
  await bundleTogether(sources, bundled, packages);
  for (const file of modules) await Deno.remove(new URL(file, ROOT));
  await copyFolder(bundled, fileURLToPath(DIST));
  await Deno.remove(bundled, { recursive: true });
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    await (isDirectory ? copyFolder(source, target) : Deno.copyFile(source, target));
  }
}

const project = configuration();
if (exists("dist")) await Deno.remove(DIST, { recursive: true });
await transpile(entries(), fileURLToPath(DIST), { declaration: true });
const packages = await resolveAliases(project.imports);
// Without it, a consumer whose `lib` stops at es2024 cannot name Symbol.dispose.
const declarations = await Deno.readTextFile(new URL("mod.d.ts", DIST));
await Deno.writeTextFile(
  new URL("mod.d.ts", DIST),
  `/// <reference lib="esnext.disposable" />\n${declarations}`,
);
await bundle("dist/mod.js", BUNDLE);
await bundleEntries(Object.keys(packages));
await Deno.writeFile(new URL("kernels.wasm", DIST), Uint8Array.fromBase64(KERNELS_BASE64));
await Deno.writeTextFile(new URL("package.json", DIST), manifest(project, packages));
for (const page of ["README.md", "LICENSE", "CHANGELOG.md"].filter(exists)) {
  await Deno.copyFile(new URL(page, ROOT), new URL(page, DIST));
}
const bytes = Deno.statSync(new URL(BUNDLE, ROOT)).size;
console.log(`dist/ holds ${NAME} ${project.version}; ${BUNDLE} has ${bytes} bytes`);

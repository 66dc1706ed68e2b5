// Makes dist/, the npm package: JavaScript with declarations, one bundled file for pages, the bare kernels.
import { KERNELS_BASE64 } from "../src/runtime/kernels_wasm.ts";
import { deno } from "./_support/command.ts";
import { exists, read, ROOT } from "./_support/project.ts";
import { transpile } from "./_support/transpile.ts";

interface Configuration {
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
}

interface Entry {
  readonly types: string;
  readonly default: string;
}

const NAME = "curvature";
const DESCRIPTION =
  "Second-order training of neural networks: the same bits on every JavaScript runtime";
const DIST = new URL("dist/", ROOT);

/** The manifest's entry of a module of deno.json's `exports`. */
function entry(source: string): Entry {
  const stem = source.replace(/\.ts$/, "");
  return { types: `${stem}.d.ts`, default: `${stem}.js` };
}

function manifest({ version, license, exports }: Configuration): string {
  const modules = Object.entries(exports).map(([name, source]) => [name, entry(source)]);
  const fields = {
    name: NAME,
    version,
    description: DESCRIPTION,
    license,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.19" },
    exports: {
      ...Object.fromEntries(modules),
      "./kernels.wasm": "./kernels.wasm",
      "./bundle": `./${NAME}.js`,
    },
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

const configuration = JSON.parse(read("deno.json")) as Configuration;
const sources = Object.values(configuration.exports);

if (exists("dist")) await Deno.remove(DIST, { recursive: true });
await transpile(sources, DIST.pathname, { declaration: true });
// Without it, a consumer whose `lib` stops at es2024 cannot name Symbol.dispose.
const declarations = await Deno.readTextFile(new URL("mod.d.ts", DIST));
await Deno.writeTextFile(
  new URL("mod.d.ts", DIST),
  `/// <reference lib="esnext.disposable" />\n${declarations}`,
);
const bundle = `dist/${NAME}.js`;
await deno(["bundle", "--platform=browser", "--minify", `--output=${bundle}`, "mod.ts"], {
  cwd: ROOT,
});
await Deno.writeFile(new URL("kernels.wasm", DIST), Uint8Array.fromBase64(KERNELS_BASE64));
await Deno.writeTextFile(new URL("package.json", DIST), manifest(configuration));
for (const page of ["README.md", "LICENSE", "CHANGELOG.md"].filter(exists)) {
  await Deno.copyFile(new URL(page, ROOT), new URL(page, DIST));
}
const bytes = Deno.statSync(new URL(bundle, ROOT)).size;
console.log(`dist/ holds ${NAME} ${configuration.version}; ${bundle} has ${bytes} bytes`);

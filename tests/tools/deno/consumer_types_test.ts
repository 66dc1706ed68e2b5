// Who uses the library sees its types, whatever their settings are: from a checkout, from the npm package and
// from the bundle at a URL.
import { deno } from "../../../tools/_support/command.ts";
import { buildPackage } from "../../../tools/_support/npm_package.ts";
import { ROOT } from "../../../tools/_support/project.ts";
import { tsc } from "../../../tools/_support/tsc.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";

const STRICTNESS = [{ exactOptionalPropertyTypes: true }, { exactOptionalPropertyTypes: false }];
const RESOLUTIONS = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
];

/** A program whose types are as they should be only if those of the library are known, and no `any`. */
const program = (library: string, signal: string, face = subPath): string => `
import {
  cg, type Dataset, dense, gaussNewton, init, kBfgs, type Linearization, type Optimizer, Scope, sequential,
  squaredError, tensor, train, type TrainOptions,
} from "${library}";
import { denseOperator, type LinearOperator } from "${face(library, "operators")}";
import { type Fetch, mnist } from "${face(library, "data")}";

export const optimizer: Optimizer = kBfgs({ memory: 3 });
// @ts-expect-error an optimizer is no text
export const text: string = kBfgs();
export const ofMain = (lin: Linearization): LinearOperator => gaussNewton(lin);
export function solve(): number {
  using scope = new Scope();
  const a = scope.own(denseOperator(scope.own(tensor([[2]])), { isSymmetric: true }));
  return cg(a, scope.own(tensor([1])), { signal: ${signal} }).iterations;
}
export async function run(data: Dataset, fetch: Fetch): Promise<void> {
  await mnist({ fetch, signal: ${signal} });
  const model = sequential({ input: [2], seed: 1 }, [dense(1)]);
  const options: TrainOptions = {
    model, data, optimizer, loss: squaredError(), batchSize: 1, epochs: 1, signal: ${signal},
  };
  for await (const { loss } of train(options)) loss.toFixed(2);
}
`;

/** A public module beside the main one. */
function subPath(library: string, name: string): string {
  return library.endsWith("mod.ts")
    ? library.replace("mod.ts", `${name}.ts`)
    : `${library}/${name}`;
}

const WITHOUT_HOST = program("curvature", "{ aborted: false }");
const WITH_HOST = `${program("curvature", "new AbortController().signal")}
export const module: Parameters<typeof init>[0] = new WebAssembly.Module(new Uint8Array());
export const hosts: Fetch = fetch;
`;
const OTHER_ENTRIES = `
import { type CsvDataset, readCsv } from "curvature/csv";
import { kBfgs } from "curvature/bundle";
import type { Dataset, Optimizer } from "curvature";
import { CgWorkspace } from "curvature/solvers";

export const data: CsvDataset = readCsv("", {});
export const asAny: Dataset = data;
export const optimizer: Optimizer = kBfgs();
export const workspace: CgWorkspace = new CgWorkspace({ size: 3, dtype: "float64" });
// @ts-expect-error a data set is no text
export const text: string = data;
`;

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function writeJson(path: string, value: unknown): Promise<void> {
  return Deno.writeTextFile(path, JSON.stringify(value));
}

test("a checkout passes `deno check` of a program with other compiler options", () =>
  withFolder(async (folder) => {
    const checkout = new URL("mod.ts", ROOT).href;
    const text = program(checkout, "new AbortController().signal");
    await Deno.writeTextFile(`${folder}/main.ts`, text);
    await deno(["check", "main.ts"], { cwd: folder });
    await writeJson(`${folder}/deno.json`, {
      compilerOptions: { lib: ["dom", "dom.asynciterable", "esnext"], verbatimModuleSyntax: true },
    });
    await deno(["check", "main.ts"], { cwd: folder });
  }));

test("the npm package compiles with and without types of a host, all declarations checked", () =>
  withFolder(async (folder) => {
    await buildPackage(`${folder}/node_modules/curvature`);
    await writeJson(`${folder}/package.json`, { type: "module" });
    await Deno.writeTextFile(`${folder}/without_host.ts`, WITHOUT_HOST);
    await Deno.writeTextFile(`${folder}/with_host.ts`, WITH_HOST);
    await Deno.writeTextFile(`${folder}/other_entries.ts`, OTHER_ENTRIES);
    for (const [file, lib] of [["without_host", ["es2022"]], ["with_host", ["es2022", "dom"]]]) {
      for (const options of RESOLUTIONS) {
        for (const strictness of STRICTNESS) {
          const common = { target: "es2022", strict: true, skipLibCheck: false, types: [] };
          await writeJson(`${folder}/tsconfig.json`, {
            compilerOptions: { ...common, noEmit: true, lib, ...options, ...strictness },
            files: [`${file}.ts`, "other_entries.ts"],
          });
          await tsc(`${folder}/tsconfig.json`);
        }
      }
    }
  }));

test("the bundle has its types where a program imports it by URL", () =>
  withFolder(async (folder) => {
    await buildPackage(`${folder}/dist`);
    const types: Record<string, string> = {
      js: "text/javascript",
      ts: "application/typescript",
    };
    const asked: string[] = [];
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      (request) => {
        const { pathname } = new URL(request.url);
        asked.push(pathname);
        const type = types[pathname.split(".").at(-1) ?? ""] ?? "text/plain";
        return new Response(Deno.readFileSync(`${folder}/dist${pathname}`), {
          headers: { "content-type": type },
        });
      },
    );
    const host = `127.0.0.1:${server.addr.port}`;
    const file = `http://${host}/curvature.js`;
    const text = program(file, "new AbortController().signal", () => file);
    await Deno.writeTextFile(`${folder}/main.ts`, text);
    await deno(["check", `--allow-import=${host}`, "main.ts"], {
      cwd: folder,
      env: { DENO_DIR: `${folder}/cache` },
    });
    equal(asked.sort(), ["/curvature.d.ts", "/curvature.js"]);
  }));

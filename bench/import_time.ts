// What importing the library adds to the start of a program: whole processes, in turns with an empty one.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { KERNELS_BASE64 } from "../src/runtime/kernels_wasm.ts";
import { type Case, measure, quantile, rowOf } from "./_support/harness.ts";
import type { Bench, Outcome } from "./_support/report.ts";

const ROUNDS = 41;
const SOURCES = new URL("../mod.ts", import.meta.url).href;

/** Programs that import the library from where `module` says. */
function programs(form: string, module: string): Readonly<Record<string, string>> {
  return {
    [`import of ${form}`]: `import "${module}";`,
    [`${form}, first product`]: `import { matmul, tensor } from "${module}";
matmul(tensor([[1, 2]]), tensor([[1], [2]]));`,
  };
}

/** Makes of the sources what the npm package holds of the main entry. */
function bundleAt(file: string): string {
  const options = ["bundle", "--quiet", "--platform=browser", "--minify", `--output=${file}`];
  deno([...options, SOURCES]);
  return pathToFileURL(file).href;
}

function deno(args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, args);
  if (status !== 0) throw new Error(`Cannot run ${args.join(" ")}: ${stderr}`);
}

async function run(): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "curvature-"));
  try {
    const all = {
      "empty module": "export {};",
      ...programs("the package", bundleAt(join(folder, "bundle.js"))),
      ...programs("the sources", SOURCES),
    };
    const cases: Case[] = Object.entries(all).map(([name, text], i) => {
      const file = join(folder, `program${i}.ts`);
      writeFileSync(file, text);
      return {
        name,
        isElsewhere: true,
        run: () => deno(["run", "--no-config", "--no-check", file]),
      };
    });
    const samples = await measure(cases, { rounds: ROUNDS });
    const added = (name: string): number => {
      const [base, times] = ["empty module", name].map((key) => samples.get(key) ?? []);
      return quantile(times.map((time, round) => time - base[round]), 0.5);
    };
    const rows = cases.map((item) => ({
      ...rowOf(item, samples),
      figures: { "added ms": added(item.name) },
    }));
    const bytes = Uint8Array.fromBase64(KERNELS_BASE64).length;
    return { rows, notes: [`the kernels have ${bytes} bytes`], data: { wasmBytes: bytes } };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whole-process times under Deno; the second start on, when it has cached what it made of TypeScript. */
export const bench: Bench = {
  question: "How much time does importing the library add to the start of a program?",
  runtimes: ["deno"],
  run,
};

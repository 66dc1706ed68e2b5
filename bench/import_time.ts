// What importing the library adds to the start of a program: whole processes, in turns with an empty one.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { KERNELS_BASE64 } from "../src/runtime/kernels_wasm.ts";
import { type Case, measure, quantile, rowOf } from "./_support/harness.ts";
import type { Bench, Outcome } from "./_support/report.ts";

const ROUNDS = 41;
const MODULE = new URL("../mod.ts", import.meta.url).href;
const PROGRAMS: Readonly<Record<string, string>> = {
  "empty module": "export {};",
  "import": `import "${MODULE}";`,
  "import and first product": `import { matmul, tensor } from "${MODULE}";
matmul(tensor([[1, 2]]), tensor([[1], [2]]));`,
};

function start(file: string): void {
  const { status, stderr } = spawnSync(process.execPath, [
    "run",
    "--no-config",
    "--no-check",
    file,
  ]);
  if (status !== 0) throw new Error(`Cannot start ${file}: ${stderr}`);
}

async function run(): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "curvature-"));
  try {
    const cases: Case[] = Object.entries(PROGRAMS).map(([name, text], i) => {
      const file = join(folder, `program${i}.ts`);
      writeFileSync(file, text);
      return { name, isElsewhere: true, run: () => start(file) };
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

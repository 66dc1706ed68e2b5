// `deno task test`: one suite on every runtime that this machine has, and the names of those it lacks;
// `deno task test chromium k_bfgs` runs what the words name, runtimes and files.
// Tests in a folder `host/` use node: builtins, so no page runs them; those in `deno/` stay on Deno, those
// in `page/` are about pages, those in `built/` about the package, so the suite as JavaScript has them, and those in
// `tiers/` about V8's compilers.
import { exists, filesUnder } from "../tools/_support/project.ts";
import { chromium, firefox } from "./runtimes/browser.ts";
import { bunRuntime } from "./runtimes/bun.ts";
import { denoRuntime } from "./runtimes/deno.ts";
import { removeBuiltSuite } from "./runtimes/javascript.ts";
import { nodeRuntime } from "./runtimes/node.ts";
import { Findings } from "./runtimes/findings.ts";
import type { Runtime } from "./runtimes/runtime.ts";
import { BASELINE, OPTIMIZING } from "./runtimes/tiers.ts";
import { workerdRuntime } from "./runtimes/workerd.ts";

// The slowest first, so that none of them is left to run alone at the end.
const RUNTIMES: readonly Runtime[] = [
  firefox,
  chromium,
  bunRuntime,
  denoRuntime(),
  nodeRuntime(20),
  nodeRuntime(26),
  workerdRuntime,
  // The oldest V8 and the newest.
  ...[BASELINE, OPTIMIZING].flatMap((tier) => [denoRuntime(tier), nodeRuntime(20, tier)]),
];
// Deno and Node use every core by themselves; browsers and Bun one each.
const AT_ONCE = Math.max(2, navigator.hardwareConcurrency);
const LOG_TAIL = 6000;
const PASSED_LINE = /^(✔ .*|.* \.\.\. ok \(.*|\(pass\) .*|ok - .*)\n/gm;
const SKIPPED = /\S.* \(skipped: [^)]*\)/g;

interface Row {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: string;
}

const isCI = Deno.env.get("CI") === "true";
const all = [
  ...filesUnder("tests").filter((file) => file.endsWith("_test.ts")),
  ...["mod.ts", "src", "README.md", "docs"].filter(exists), // with examples, which Deno runs
];
const { runtimes, files } = selection(Deno.args);
const findings = new Findings();

/** What the words on the command line name: runtimes, else parts of files' paths; nothing is everything. */
function selection(words: readonly string[]): { runtimes: readonly Runtime[]; files: string[] } {
  const names = (word: string) => ({ name }: Runtime): boolean =>
    name.toLowerCase().startsWith(word.toLowerCase());
  const chosen = words.filter((word) => RUNTIMES.some(names(word)));
  const parts = words.filter((word) => !chosen.includes(word));
  return {
    runtimes: RUNTIMES.filter((row) => chosen.length === 0 || chosen.some((c) => names(c)(row))),
    files: all.filter((file) => parts.length === 0 || parts.some((part) => file.includes(part))),
  };
}

async function measure(runtime: Runtime): Promise<Row | undefined> {
  const { name, hint } = runtime;
  const taken = files.filter(runtime.takes);
  if (taken.length === 0) return undefined;
  const program = await runtime.find();
  if (program === undefined) {
    console.log(`${name} is not found here (${hint})`);
    return { name, passed: 0, failed: isCI ? 1 : 0, seconds: "not found" };
  }
  const start = performance.now();
  const { passed, failed, log } = await runtime.run(program, taken);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  findings.add(name, log);
  for (const test of new Set(log.match(SKIPPED))) console.log(`${name}: ${test}`);
  if (failed > 0) {
    console.log(`\n${name} failed:\n${log.replace(PASSED_LINE, "").slice(-LOG_TAIL)}`);
  }
  return { name, passed, failed, seconds };
}

const rows = new Map<Runtime, Row>();
const queue = [...runtimes];
async function lane(): Promise<void> {
  for (let runtime = queue.shift(); runtime; runtime = queue.shift()) {
    const row = await measure(runtime);
    if (row) rows.set(runtime, row);
  }
}
try {
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
} finally {
  await removeBuiltSuite();
}

const line = (name: string, ...cells: unknown[]): string =>
  name.padEnd(24) + cells.map((cell) => String(cell).padStart(10)).join("");
console.log(`\n${line("runtime", "passed", "failed", "seconds")}`);
const found = runtimes.flatMap((runtime) => rows.get(runtime) ?? []);
for (const { name, passed, failed, seconds } of found) {
  console.log(line(name, passed, failed, seconds));
}
console.log(`\n${[...findings.survivals(), ...findings.agreements()].join("\n")}`);
const disagreements = findings.disagreements();
for (const text of disagreements) console.log(text);
const total = (key: "passed" | "failed"): number => found.reduce((sum, row) => sum + row[key], 0);
const failed = total("failed") + disagreements.length;
console.log(`\n${total("passed")} passed, ${failed} failed`);
Deno.exit(failed === 0 && total("passed") > 0 ? 0 : 1);

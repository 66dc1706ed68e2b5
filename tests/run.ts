// `deno task test`: one suite on every runtime that this machine has, and the names of those it lacks.
// Tests in a folder `host/` use node: builtins and stay on Deno and Node; those in `deno/` stay on Deno.
import { filesUnder } from "../tools/_support/project.ts";
import { denoRuntime } from "./runtimes/deno.ts";
import { nodeRuntime } from "./runtimes/node.ts";
import type { Runtime } from "./runtimes/runtime.ts";

const RUNTIMES: readonly Runtime[] = [denoRuntime, nodeRuntime(20), nodeRuntime(26)];
const LOG_TAIL = 6000;
const PASSED_LINE = /^(✔ .*|.* \.\.\. ok \(.*)\n/gm;

interface Row {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: string;
}

const isCI = Deno.env.get("CI") === "true";
const files = filesUnder("tests").filter((file) => file.endsWith("_test.ts"));

async function measure(runtime: Runtime): Promise<Row> {
  const { name } = runtime;
  const program = await runtime.find();
  if (program === undefined) {
    console.log(`${name} is not found here (${runtime.hint})`);
    return { name, passed: 0, failed: isCI && runtime.isRequired ? 1 : 0, seconds: "not found" };
  }
  const start = performance.now();
  const { passed, failed, log } = await runtime.run(program, files);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (failed > 0) {
    console.log(`\n${name} failed:\n${log.replace(PASSED_LINE, "").slice(-LOG_TAIL)}`);
  }
  return { name, passed, failed, seconds };
}

// All at once: the longest file of a runtime would leave the other cores idle.
const rows = await Promise.all(RUNTIMES.map(measure));

console.log(`\n${"runtime".padEnd(16)}${"passed".padStart(8)}${"failed".padStart(8)}   seconds`);
for (const { name, passed, failed, seconds } of rows) {
  console.log(
    `${name.padEnd(16)}${String(passed).padStart(8)}${String(failed).padStart(8)}   ${seconds}`,
  );
}
const total = (key: "passed" | "failed"): number => rows.reduce((sum, row) => sum + row[key], 0);
console.log(`\n${total("passed")} passed, ${total("failed")} failed`);
Deno.exit(total("failed") === 0 ? 0 : 1);

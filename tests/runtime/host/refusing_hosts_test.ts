// Real processes that refuse WebAssembly, its SIMD or its memory.
import process from "node:process";
import { equal, ok } from "../../_support/assert.ts";
import { type ChildOptions, ended, startChild } from "../../_support/child.ts";
import { skip, test } from "../../_support/harness.ts";
import { IS_DENO } from "../../_support/scale.ts";
import { type Answer, REFUSING } from "./_refusing.ts";

const IS_BUN = "Bun" in globalThis;
const major = Number(process.versions.node.split(".")[0]);
/** Node makes JavaScript of TypeScript by WebAssembly, so it must not have to. */
const READS_TYPESCRIPT_BY_WEBASSEMBLY = !IS_DENO && !IS_BUN && REFUSING.endsWith(".ts");

async function answerOf(options: ChildOptions): Promise<Answer> {
  const child = startChild(REFUSING, [], options);
  let text = "";
  child.stdout?.on("data", (part) => text += part);
  equal(await ended(child), 0);
  return JSON.parse(text);
}

const JITLESS = "a host without WebAssembly loads the library, which says so and what helps";
if (IS_BUN) skip(JITLESS, "Bun always has WebAssembly");
else if (READS_TYPESCRIPT_BY_WEBASSEMBLY) {
  skip(JITLESS, "this Node reads TypeScript by WebAssembly");
} else {
  test(JITLESS, async () => {
    const { error, initError } = await answerOf({ v8Flags: ["--jitless"] });
    equal(error?.name, "TypeError");
    const why = /this host has no WebAssembly.*without --jitless/;
    ok(why.test(error?.message ?? "") && why.test(initError), `${error?.message}, ${initError}`);
  });
}

const SIMD = "a host whose WebAssembly has no SIMD says so, and since when there is";
if (process.arch !== "x64") skip(SIMD, "SIMD is part of this processor's instructions");
else {
  test(SIMD, async () => {
    const options: ChildOptions = IS_BUN
      ? { env: { BUN_JSC_useWasmSIMD: "0" } }
      : { v8Flags: ["--no-enable-sse4-1", "--no-enable-ssse3"] };
    const { error, initError } = await answerOf(options);
    equal(error?.name, "TypeError");
    ok(/WebAssembly has no SIMD, which Chrome has since/.test(error?.message ?? ""), String(error));
    ok(/it is not Curvature's kernels/.test(initError), initError);
  });
}

const MEMORY = "a host that refuses the first memory gives OutOfMemoryError and says what helps";
if (process.platform !== "linux") skip(MEMORY, "there is no limit on address space here");
else if (IS_DENO) skip(MEMORY, "Deno itself needs more address space than its WebAssembly");
else if (IS_BUN || major > 20) skip(MEMORY, "this host needs little address space for WebAssembly");
else {
  const addressSpace = 8_000_000; // KiB; V8 wants 10 GB for each memory
  test(MEMORY, async () => {
    const { error } = await answerOf({ addressSpace });
    equal(error?.name, "OutOfMemoryError");
    const why =
      /^Cannot allocate 2097152 bytes: .*first memory.*ulimit -v.*--disable-wasm-trap-handler/;
    ok(why.test(error?.message ?? ""), String(error?.message));
  });

  test("what the error of the first memory says helps", async () => {
    const v8Flags = ["--disable-wasm-trap-handler"];
    equal((await answerOf({ addressSpace, v8Flags })).error, undefined);
  });
}

test("the same process has kernels where nothing is refused", async () => {
  equal((await answerOf({})).error, undefined);
});

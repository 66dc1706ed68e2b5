// Static audit of the built module: nothing in it may give other bits on another engine or machine.
// It reads the committed module; names come from a second build whose code must be the same. What SIMD
// lanes mean is not typed in WebAssembly, so only scalar reinterpretation can be seen here.
import binaryen from "binaryen";
import { KERNELS_BASE64 } from "../src/runtime/kernels_wasm.ts";
import { functions, instructionComplaints, stateComplaints } from "./_support/audit.ts";
import { compileWasm, executable } from "./_support/compile_wasm.ts";
import { exportsOf } from "./_support/kernel_table.ts";
import { conclude } from "./_support/report.ts";

const complaints: string[] = [];
const committed = Uint8Array.fromBase64(KERNELS_BASE64);
const { binary: named, table } = await compileWasm({ withNames: true });
if (executable(named).toBase64() !== executable(committed).toBase64()) {
  complaints.push("the committed module is not what wasm/ gives: run `deno task build:wasm`");
}

const text = binaryen.readBinary(named).emitText();
const bodies = functions(text);
complaints.push(...instructionComplaints(bodies), ...stateComplaints(text));
const found = WebAssembly.Module.exports(new WebAssembly.Module(committed))
  .filter(({ kind }) => kind === "function").map(({ name }) => name);
if (found.sort().join() !== table.flatMap(exportsOf).sort().join()) {
  complaints.push("the module's exports are not the kernels that wasm/ marks");
}

const imports = WebAssembly.Module.imports(new WebAssembly.Module(committed))
  .map(({ module, name, kind }) => `${module}.${name} (${kind})`);
if (imports.join() !== "env.memory (memory)") {
  complaints.push(`the module imports ${imports.join(", ")}, not just env.memory`);
}

conclude(
  complaints,
  `wasm: ${bodies.size} functions in ${committed.length} bytes, no instruction that engines may vary`,
);

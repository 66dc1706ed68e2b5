// Static audit of the built module: nothing in it may give other bits on another engine or machine.
// It reads the committed module; names come from a second build whose code must be the same. What SIMD
// lanes mean is not typed in WebAssembly, so only scalar reinterpretation can be seen here.
import binaryen from "binaryen";
import { KERNELS_BASE64 } from "../src/runtime/kernels_wasm.ts";
import { compileWasm, executable } from "./_support/compile_wasm.ts";
import { conclude } from "./_support/report.ts";

interface Rule {
  readonly opcode: RegExp;
  readonly why: string;
  /** Functions that may, by the start of their name (file, then function), and why. */
  readonly except?: Readonly<Record<string, string>>;
}

const RULES: readonly Rule[] = [
  { opcode: /relaxed/, why: "relaxed SIMD is implementation-defined" },
  { opcode: /\.p(min|max)$/, why: "f32x4.min and max are the one family; pmin differs on NaN" },
  { opcode: /^memory\.grow$/, why: "kernels never allocate" },
  { opcode: /atomic/, why: "kernels share nothing" },
  {
    opcode: /^i(32|64)\.reinterpret_f(32|64)$/,
    why: "the bits of a NaN differ between machines",
    except: {
      "lapack/syev/syev": "reads the exponent field alone, which every NaN shares",
    },
  },
];

/** Every function of the module's text and the instructions in it. */
function functions(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const body of text.split(/^ (?=\(func )/m).slice(1)) {
    const name = body.match(/^\(func \$(\S+)/)?.[1] ?? "?";
    const opcodes = body.matchAll(/\(([a-z][a-z0-9_.]+)/g);
    found.set(name, new Set(Array.from(opcodes, ([, opcode]) => opcode)));
  }
  return found;
}

const complaints: string[] = [];
const committed = Uint8Array.fromBase64(KERNELS_BASE64);
const { binary: named } = await compileWasm({ withNames: true });
if (executable(named).toBase64() !== executable(committed).toBase64()) {
  complaints.push("the committed module is not what wasm/ gives: run `deno task build:wasm`");
}

const text = binaryen.readBinary(named).emitText();
const bodies = functions(text);
for (const [name, opcodes] of bodies) {
  for (const { opcode, why, except = {} } of RULES) {
    if (Object.keys(except).some((allowed) => name.startsWith(allowed))) continue;
    for (const used of opcodes) if (opcode.test(used)) complaints.push(`${name}: ${used}: ${why}`);
  }
}
for (const { opcode, except = {} } of RULES) {
  for (const allowed of Object.keys(except)) {
    const isUsed = [...bodies].some(([name, opcodes]) =>
      name.startsWith(allowed) && [...opcodes].some((used) => opcode.test(used))
    );
    if (!isUsed) complaints.push(`${allowed} is excepted from ${opcode} and does not use it`);
  }
}

const imports = WebAssembly.Module.imports(new WebAssembly.Module(committed))
  .map(({ module, name, kind }) => `${module}.${name} (${kind})`);
if (imports.join() !== "env.memory (memory)") {
  complaints.push(`the module imports ${imports.join(", ")}, not just env.memory`);
}
if (/^ \(start /m.test(text)) complaints.push("the module runs code when it is instantiated");
if (/^ \(global \S+ \(mut /m.test(text)) complaints.push("the module keeps state in a global");

conclude(
  complaints,
  `wasm: ${bodies.size} functions in ${committed.length} bytes, no instruction that engines may vary`,
);

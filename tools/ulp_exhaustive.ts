// Nightly: the float32 kernels of exp, log, tanh and sigmoid over every one of the 2^32 inputs against float64:
// largest error in ulp, order kept, special values exact. `deno run -A tools/ulp_exhaustive.ts [name ...] [--stride=17]`
import { kernels } from "../src/runtime/instance.ts";
import { allocate, memoryBuffer } from "../src/runtime/memory.ts";
import { sigmoid } from "../tests/oracles/functions.ts";
import { ulpError } from "../tests/oracles/ulp.ts";

const ORACLES = { exp: Math.exp, log: Math.log, tanh: Math.tanh, sigmoid } as const;
const LIMIT = 2;
const CHUNK = 1 << 16;
const HALF_ULP = 2 ** -24;

type Name = keyof typeof ORACLES;

interface Finding {
  worst: number;
  at: number;
  outOfOrder: number;
  wrongSpecial: number;
}

const input = allocate(4 * CHUNK), output = allocate(4 * CHUNK);
const bits = new Uint32Array(memoryBuffer(), input, CHUNK);
const xs = new Float32Array(memoryBuffer(), input, CHUNK);
const ys = new Float32Array(memoryBuffer(), output, CHUNK);

/** Looks at the inputs of one sign, by ascending magnitude. */
function sweep(name: Name, sign: 0 | 1, stride: number, found: Finding): void {
  const oracle = ORACLES[name];
  let previous = NaN;
  for (let start = 0; start <= 0x7fffffff; start += stride * CHUNK) {
    const n = Math.min(CHUNK, Math.floor((0x7fffffff - start) / stride) + 1);
    for (let i = 0; i < n; i++) bits[i] = (start + i * stride) + (sign ? 0x80000000 : 0);
    kernels("float32")[name](n, input, output);
    for (let i = 0; i < n; i++) {
      const expected = oracle(xs[i]), actual = ys[i];
      if (expected !== expected) {
        if (actual === actual) found.wrongSpecial++;
        continue;
      }
      // an ulp of x is at least 2^-24 |x|: most errors need no closer look
      if (!(Math.abs(actual - expected) <= found.worst * HALF_ULP * Math.abs(expected))) {
        const error = ulpError(actual, expected, "float32");
        if (error > found.worst) [found.worst, found.at] = [error, xs[i]];
      }
      if (sign ? actual > previous : actual < previous) found.outOfOrder++;
      previous = actual;
    }
  }
}

const stride = Number(Deno.args.find((arg) => arg.startsWith("--stride="))?.slice(9) ?? 1);
const asked = Deno.args.filter((arg) => !arg.startsWith("--")) as Name[];
let failed = false;
for (const name of asked.length > 0 ? asked : Object.keys(ORACLES) as Name[]) {
  const start = performance.now();
  const found: Finding = { worst: 0, at: 0, outOfOrder: 0, wrongSpecial: 0 };
  sweep(name, 0, stride, found);
  sweep(name, 1, stride, found);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(
    `${name.padEnd(8)} max ${
      found.worst.toFixed(4)
    } ulp at ${found.at}, out of order ${found.outOfOrder},`,
    `wrong NaN ${found.wrongSpecial}, ${seconds} s`,
  );
  failed ||= found.worst > LIMIT || found.outOfOrder > 0 || found.wrongSpecial > 0;
}
Deno.exit(failed ? 1 : 0);

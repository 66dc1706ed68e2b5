// Gate: exp, log, tanh, sigmoid within 2 ulp, the others within 4 and 5. The float32 kernels against
// float64 on 2^18 numbers of every exponent (all 2^32 in tools/ulp_exhaustive.ts), the float64 kernels against
// a table of 60 digits.
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { NORMAL_CDF_ULP, SOFTPLUS_ULP, TRANSCENDENTAL_ULP } from "../../_support/tolerance.ts";
import { normalCdf, sigmoid, softplus } from "../../oracles/functions.ts";
import { stratifiedFloat32, ulpError } from "../../oracles/ulp.ts";
import reference from "./reference.json" with { type: "json" };
import { unary } from "./_run.ts";

const FUNCTIONS = {
  exp: { oracle: Math.exp, bound: TRANSCENDENTAL_ULP, isMonotone: true },
  log: { oracle: Math.log, bound: TRANSCENDENTAL_ULP, isMonotone: true },
  tanh: { oracle: Math.tanh, bound: TRANSCENDENTAL_ULP, isMonotone: true },
  sigmoid: { oracle: sigmoid, bound: TRANSCENDENTAL_ULP, isMonotone: true },
  softplus: { oracle: softplus, bound: SOFTPLUS_ULP, isMonotone: false },
  normal_cdf: { oracle: normalCdf, bound: NORMAL_CDF_ULP, isMonotone: false },
} as const;
type Name = keyof typeof FUNCTIONS;
const NAMES = Object.keys(FUNCTIONS) as Name[];
const SAMPLES = 2 ** 18;

for (const name of NAMES) {
  const { oracle, bound, isMonotone } = FUNCTIONS[name];

  test(`${name} in float32 is within ${bound} ulp on every exponent`, () => {
    const x = stratifiedFloat32(SAMPLES, 0.37);
    const y = unary("float32", name, x);
    let worst = 0, at = 0;
    for (let i = 0; i < SAMPLES; i++) {
      const error = ulpError(y[i], oracle(x[i]), "float32");
      if (error > worst) [worst, at] = [error, x[i]];
    }
    ok(worst <= bound, `${worst} ulp at ${at}`);
  });

  test(`${name} in float64 is within ${bound} ulp of its table`, () => {
    const bytes = new DataView(new ArrayBuffer(8));
    const rows = reference[name].map((row) =>
      row.split(" ").map((word) => {
        bytes.setBigUint64(0, BigInt(`0x${word}`));
        return bytes.getFloat64(0);
      })
    );
    const y = unary("float64", name, rows.map(([x]) => x));
    rows.forEach(([x, high, low], i) => {
      const error = ulpError(y[i], high, "float64", low);
      ok(error <= bound, `${error} ulp at ${x}`);
    });
  });

  if (!isMonotone) continue;
  test(`${name} in float32 keeps the order of its arguments`, () => {
    const around = Float32Array.from({ length: SAMPLES }, (_, i) => (i - SAMPLES / 2) * 2 ** -14);
    for (const x of [stratifiedFloat32(SAMPLES, 0.81), around]) {
      const y = unary("float32", name, x);
      for (let i = 1; i < SAMPLES; i++) {
        ok(!(y[i] < y[i - 1]), `${y[i]} after ${y[i - 1]} at ${x[i]}`);
      }
    }
  });
}

const [TINY32, TINY64] = [2 ** -149, 2 ** -1074];
const SPECIAL: Readonly<Record<Name, readonly (readonly [number, number])[]>> = {
  exp: [[0, 1], [-0, 1], [Infinity, Infinity], [-Infinity, 0], [1e4, Infinity], [-1e4, 0]],
  log: [[1, 0], [0, -Infinity], [-0, -Infinity], [Infinity, Infinity], [-1, NaN], [-Infinity, NaN]],
  tanh: [[0, 0], [-0, -0], [Infinity, 1], [-Infinity, -1], [25, 1], [-25, -1], [1e30, 1]],
  sigmoid: [[0, 0.5], [-0, 0.5], [Infinity, 1], [-Infinity, 0], [1e30, 1], [-1e30, 0]],
  softplus: [[Infinity, Infinity], [-Infinity, 0], [2 ** 100, 2 ** 100], [-1e30, 0]],
  normal_cdf: [[0, 0.5], [-0, 0.5], [Infinity, 1], [-Infinity, 0], [1e30, 1], [-1e30, 0]],
};

for (const dtype of ["float32", "float64"] as const) {
  test(`the functions are exact at special values in ${dtype}`, () => {
    const tiny = dtype === "float32" ? TINY32 : TINY64;
    for (const name of NAMES) {
      const pairs = [...SPECIAL[name], [NaN, NaN] as const];
      if (name === "tanh") pairs.push([tiny, tiny], [-tiny, -tiny]);
      const y = unary(dtype, name, pairs.map(([x]) => x));
      pairs.forEach(([x, expected], i) => equal(y[i], expected, `${name}(${x})`));
    }
  });
}

test("exp, sigmoid and log go through the subnormal numbers of float64", () => {
  const x = [-708.5, -720.25, -744.4];
  for (const name of ["exp", "sigmoid"] as const) {
    const y = unary("float64", name, x);
    x.forEach((at, i) => ok(Math.abs(y[i] - Math.exp(at)) <= 2 * TINY64, `${name}(${at})`));
  }
  equal(unary("float64", "log", [TINY64])[0], -744.4400719213812, "log of the least number");
});

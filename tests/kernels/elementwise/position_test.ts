// What an element becomes must not depend on where it stands: every kernel at every length gives the
// same bits as alone, on addresses that are aligned to elements only.
import type { FloatArray } from "../../../src/runtime/dtype.ts";
import { kernels } from "../../../src/runtime/instance.ts";
import { allocate, floatView, release } from "../../../src/runtime/memory.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { ACTIVATIONS, derivative, type Unary, unary, value } from "./_run.ts";

const LONGEST = 33;
const UNARY: readonly Unary[] = [
  ...["exp", "log", "tanh", "sigmoid", "softplus", "normal_cdf", "sqrt", "square"] as const,
];

function sample(i: number): number {
  return ((i * 37) % 101) / 7 - 5.3;
}

function checkEveryLength(name: string, run: (x: Float64Array) => Float64Array): void {
  const alone = Float64Array.from(
    { length: LONGEST },
    (_, i) => run(Float64Array.of(sample(i)))[0],
  );
  for (let n = 0; n <= LONGEST; n++) {
    const together = run(Float64Array.from({ length: n }, (_, i) => sample(i)));
    together.forEach((y, i) => equal(y, alone[i], `${name}: element ${i} of ${n}`));
  }
}

for (const dtype of ["float32", "float64"] as const) {
  test(`functions and activations treat every position alike in ${dtype}`, () => {
    for (const name of UNARY) checkEveryLength(name, (x) => unary(dtype, name, x));
    for (const name of ACTIVATIONS) {
      checkEveryLength(name, (x) => value(dtype, name, 0.3, x));
      checkEveryLength(`${name}'`, (x) => derivative(dtype, name, "d1", 0.3, x));
      checkEveryLength(`${name}''`, (x) => derivative(dtype, name, "d2", 0.3, x));
    }
  });

  test(`functions read and write addresses aligned to elements only in ${dtype}`, () => {
    const bytes = dtype === "float32" ? 4 : 8, n = 9;
    const size = 64 * bytes, block = allocate(size);
    const at = (offset: number): FloatArray => floatView(dtype, block + offset * bytes, n);
    at(1).forEach((_, i, x) => x[i] = sample(i));
    const expected = unary(dtype, "tanh", at(1));
    kernels(dtype).tanh(n, block + bytes, block + 33 * bytes);
    equal([...at(33)], [...expected]);
    release(block, size);
  });
}

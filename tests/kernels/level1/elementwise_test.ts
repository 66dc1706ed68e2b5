import type { DType } from "../../../src/runtime/dtype.ts";
import { instance, kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, EVERY_SIZE, isSame, rounded, SCALARS } from "../_cases.ts";

/** Every operation of the formula rounded to the dtype: the kernels must give these bits. */
function axpby(dtype: DType, alpha: number, x: number, beta: number, y: number): number {
  const product = rounded(dtype, alpha * x);
  return beta === 0 ? product : rounded(dtype, product + rounded(dtype, beta * y));
}

for (const dtype of DTYPES) {
  test(`${dtype} axpy(), axpby(), scal() and fill() are exact at every size, scalar and offset`, () => {
    const chance = new Chance(1), { axpy: add, axpby: combine, scal, fill } = kernels(dtype);
    for (let n = 0; n <= EVERY_SIZE; n++) {
      for (const scalar of SCALARS) {
        const alpha = rounded(dtype, 0.3), beta = rounded(dtype, scalar);
        const values = chance.numbers(dtype, n), x = chance.operand(dtype, 1, n, values);
        const check = (
          expected: (x: number, y: number) => number,
          call: (y: number) => void,
          reads = true,
        ) => {
          const values0 = chance.numbers(dtype, n);
          const y = chance.operand(dtype, 1, n, reads ? values0 : undefined);
          call(y.pointer);
          const wanted = values.map((value, i) => expected(value, values0[i]));
          equal(isSame(y.guarded.take(), wanted), true, `${dtype} n ${n} beta ${beta}`);
        };
        check((x, y) => axpby(dtype, beta, x, 1, y), (y) => add(n, beta, x.pointer, y));
        check(
          (x, y) => axpby(dtype, alpha, x, beta, y),
          (y) => combine(n, alpha, x.pointer, beta, y),
          beta !== 0,
        );
        check((_, y) => rounded(dtype, beta * y), (y) => scal(n, beta, y));
        check(() => beta, (y) => fill(n, beta, y), false);
        equal(isSame(x.guarded.take(), values), true, "x is unchanged");
      }
    }
  });
}

for (const dtype of DTYPES) {
  test(`${dtype} rot() is exact at every size and offset`, () => {
    const chance = new Chance(3), { rot } = kernels(dtype);
    const [c, s] = [0.8, -0.6].map((value) => rounded(dtype, value));
    const sum = (p: number, a: number, q: number, b: number): number =>
      rounded(dtype, rounded(dtype, p * a) + rounded(dtype, q * b));
    for (let n = 0; n <= EVERY_SIZE; n++) {
      const [u, v] = [chance.numbers(dtype, n), chance.numbers(dtype, n)];
      const x = chance.operand(dtype, 1, n, u), y = chance.operand(dtype, 1, n, v);
      rot(n, x.pointer, y.pointer, c, s);
      equal(isSame(x.guarded.take(), u.map((a, i) => sum(c, a, s, v[i]))), true, `x, ${n}`);
      equal(isSame(y.guarded.take(), u.map((a, i) => sum(c, v[i], -s, a))), true, `y, ${n}`);
    }
  });
}

test("promote() and demote() round to nearest at every size", () => {
  const chance = new Chance(2), { demote, promote } = instance().exports;
  for (let n = 0; n <= EVERY_SIZE; n++) {
    const wide = chance.numbers("float64", n), narrow = wide.map(Math.fround);
    const x = chance.operand("float64", 1, n, wide), y = chance.operand("float32", 1, n);
    demote(n, x.pointer, y.pointer);
    equal(isSame(x.guarded.take(), wide), true, "x is unchanged");
    const z = chance.operand("float64", 1, n);
    promote(n, y.pointer, z.pointer);
    equal(isSame(y.guarded.take(), narrow), true, `to float32, ${n}`);
    equal(isSame(z.guarded.take(), narrow), true, `to float64, ${n}`);
  }
});

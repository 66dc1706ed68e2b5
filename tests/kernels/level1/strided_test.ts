import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, FEW_SIZES, isSame, packed, rounded } from "../_cases.ts";

test("strided kernels copy, fill and add at every distance, and leave what is between", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(1);
    const { copy_strided, fill_strided, add_strided } = kernels(dtype);
    for (const n of FEW_SIZES) {
      for (const [incx, incy] of [[1, 1], [3, 2], [1, n + 1], [n, 1]]) {
        const x = chance.numbers(dtype, n * incx), y = chance.numbers(dtype, n * incy);
        const cases: [string, (x: number, y: number) => void, (x: number, y: number) => number][] =
          [
            ["copy", (x, y) => copy_strided(n, x, incx, y, incy), (x) => x],
            ["fill", (_, y) => fill_strided(n, 0.5, y, incy), () => 0.5],
            ["add", (x, y) => add_strided(n, 0.7, x, incx, y, incy), (x, y) => y + 0.7 * x],
            ["add ones", (_, y) => add_strided(n, 0.7, 0, incx, y, incy), (_, y) => y + 0.7],
          ];
        for (const [name, run, of] of cases) {
          const [from, to] = [packed(dtype, x), packed(dtype, y)];
          run(from.pointer, to.pointer);
          const expected = y.slice();
          for (let i = 0; i < n; i++) {
            expected[i * incy] = rounded(dtype, of(x[i * incx], y[i * incy]));
          }
          equal(isSame(to.take(), expected), true, `${name} ${n} of ${dtype}, ${incx} to ${incy}`);
          equal(isSame(from.take(), x), true, `${name}: x is unchanged`);
        }
      }
    }
  }
});

test("sum_strided() adds up in float64, in order", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(2);
    for (const n of FEW_SIZES) {
      const x = chance.numbers(dtype, n * 3), held = packed(dtype, x);
      let sum = 0;
      for (let i = 0; i < n; i++) sum += x[3 * i];
      equal(kernels(dtype).sum_strided(n, held.pointer, 3), sum, `${n} of ${dtype}`);
      held.take();
    }
  }
});

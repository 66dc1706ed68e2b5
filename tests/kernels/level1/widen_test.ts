import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, FEW_SIZES, isSame, packed, rounded } from "../_cases.ts";

const [ALPHA, DIVISOR] = [0.7, 3];

test("what goes to float64 is computed there, at every distance", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(1),
      { widen, add_widened, add_squares, multiply_widened } = kernels(dtype);
    for (const n of FEW_SIZES) {
      const x = chance.numbers(dtype, n * 2), sum = chance.numbers("float64", n * 3);
      for (const [incx, incy] of [[1, 1], [2, 1], [1, 3], [2, 3]]) {
        const [from, to] = [packed(dtype, x), packed("float64", sum)];
        widen(n, ALPHA, from.pointer, incx, to.pointer, incy);
        const expected = sum.slice();
        for (let i = 0; i < n; i++) expected[i * incy] = ALPHA * x[i * incx];
        equal(isSame(to.take(), expected), true, `widen ${n} of ${dtype}, ${incx} to ${incy}`);
        equal(isSame(from.take(), x), true, "x is unchanged");
      }
      const [from, to, squares] = [
        packed(dtype, x),
        packed("float64", sum),
        packed("float64", sum),
      ];
      add_widened(n, ALPHA, from.pointer, to.pointer);
      add_squares(n, DIVISOR, from.pointer, squares.pointer);
      const isFirst = (_: number, i: number): boolean => i < n;
      const added = sum.map((y, i) => isFirst(y, i) ? y + ALPHA * x[i] : y);
      equal(isSame(to.take(), added), true, `add_widened ${n} of ${dtype}`);
      const squared = sum.map((y, i) => isFirst(y, i) ? y + x[i] * x[i] / DIVISOR : y);
      equal(isSame(squares.take(), squared), true, `add_squares ${n} of ${dtype}`);
      const product = packed("float64", sum);
      multiply_widened(n, from.pointer, product.pointer);
      const multiplied = sum.map((y, i) => isFirst(y, i) ? x[i] * y : y);
      equal(isSame(product.take(), multiplied), true, `multiply_widened ${n} of ${dtype}`);
      from.take();
    }
  }
});

test("what comes from float64 is rounded once", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(2), { narrow, narrow_divided, narrow_added } = kernels(dtype);
    for (const n of FEW_SIZES) {
      const x = chance.numbers("float64", n), y = chance.numbers(dtype, n * 3);
      for (const incy of [1, 3]) {
        const from = packed("float64", x);
        const [made, added, divided] = [packed(dtype, y), packed(dtype, y), packed(dtype, y)];
        narrow(n, ALPHA, from.pointer, made.pointer, incy);
        narrow_added(n, from.pointer, added.pointer, incy);
        narrow_divided(n, DIVISOR, from.pointer, divided.pointer);
        const [scaled, sum, quotient] = [y.slice(), y.slice(), y.slice()];
        for (let i = 0; i < n; i++) {
          scaled[i * incy] = rounded(dtype, ALPHA * x[i]);
          sum[i * incy] = rounded(dtype, y[i * incy] + x[i]);
          quotient[i] = rounded(dtype, x[i] / DIVISOR);
        }
        equal(isSame(made.take(), scaled), true, `narrow ${n} to ${dtype}, ${incy} apart`);
        equal(isSame(added.take(), sum), true, `narrow_added ${n} to ${dtype}, ${incy} apart`);
        equal(isSame(divided.take(), quotient), true, `narrow_divided ${n} to ${dtype}`);
        equal(isSame(from.take(), x), true, "x is unchanged");
      }
    }
  }
});

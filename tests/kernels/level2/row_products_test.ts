import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, FEW_SIZES, isSame, packed, rounded } from "../_cases.ts";

const ALPHA = 0.7;

test("kernels of rows compute in float64, in order, and round once", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(1);
    const { row_dots, add_row_multiples, scale_by_row, scale_columns } = kernels(dtype);
    for (const rows of FEW_SIZES) {
      for (const width of FEW_SIZES) {
        const what = `${rows} by ${width} of ${dtype}`, size = rows * width;
        const [x, y] = [chance.numbers(dtype, size), chance.numbers(dtype, size)];
        const c = chance.numbers("float64", rows), d = chance.numbers(dtype, width);
        const dots = new Float64Array(rows), sums = new Float64Array(rows);
        const row = (i: number): number => Math.floor(i / width);
        for (let i = 0; i < size; i++) {
          dots[row(i)] += x[i] * y[i];
          sums[row(i)] += x[i];
        }
        const [a, b, factors, columns] = [
          packed(dtype, x),
          packed(dtype, y),
          packed("float64", c),
          packed(dtype, d),
        ];
        const [found, total, product] = [
          packed("float64", c),
          packed("float64", c),
          packed(dtype, x),
        ];
        row_dots(rows, width, a.pointer, b.pointer, found.pointer);
        equal(isSame(found.take(), dots), true, `row_dots, ${what}`);
        row_dots(rows, width, a.pointer, 0, total.pointer);
        equal(isSame(total.take(), sums), true, `sums of rows, ${what}`);
        scale_columns(rows, width, a.pointer, columns.pointer, product.pointer);
        const scaled = x.map((value, i) => rounded(dtype, value * d[i % width]));
        equal(isSame(product.take(), scaled), true, `scale_columns, ${what}`);
        add_row_multiples(rows, width, ALPHA, factors.pointer, a.pointer, b.pointer);
        const added = y.map((value, i) => rounded(dtype, value + ALPHA * c[row(i)] * x[i]));
        equal(isSame(b.take(), added), true, `add_row_multiples, ${what}`);
        scale_by_row(rows, width, factors.pointer, a.pointer);
        const by = x.map((value, i) => rounded(dtype, value * c[row(i)]));
        equal(isSame(a.take(), by), true, `scale_by_row, ${what}`);
        equal(
          isSame(factors.take(), c) && isSame(columns.take(), d),
          true,
          "factors are unchanged",
        );
      }
    }
  }
});

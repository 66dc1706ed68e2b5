import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, rounded } from "../_cases.ts";

for (const dtype of DTYPES) {
  test(`${dtype} lookup() copies rows and lookup_pull() adds them up in order, whatever the sizes`, () => {
    const chance = new Chance(1);
    const round = (x: number): number => rounded(dtype, x);
    for (const rows of [0, 1, 2, 9]) {
      for (const n of [1, 2, 3, 4, 5, 8, 11]) {
        for (const fixed of [-1, 2]) {
          const count = 4, places = Array.from({ length: rows }, (_, i) => (i * i + 2) % count);
          const [table, given, sums] = [count, rows, count].map((size) =>
            chance.numbers(dtype, size * n)
          );
          const [w, g, out] = [table, given, sums].map((values) =>
            chance.operand(dtype, 1, values.length, values)
          );
          const index = chance.operand(dtype, 1, rows, Float64Array.from(places));
          const y = chance.operand(dtype, 1, rows * n);
          kernels(dtype).lookup(rows, n, fixed, index.pointer, w.pointer, y.pointer);
          const expected = places.flatMap((place) =>
            [...table.slice(place * n, (place + 1) * n)].map((x) => place === fixed ? 0 : x)
          );
          equal([...y.guarded.take()], expected);
          const pair = [g.pointer, index.pointer] as const;
          kernels(dtype).lookup_pull(rows, count, n, fixed, 0.5, ...pair, 2, out.pointer);
          const added = [...sums].map((x) => 2 * x);
          for (const [row, place] of places.entries()) {
            if (place === fixed) continue;
            for (let j = 0; j < n; j++) {
              const at = place * n + j;
              added[at] = round(added[at] + round(given[row * n + j] / 2));
            }
          }
          equal([...out.guarded.take()], added);
        }
      }
    }
  });

  test(`${dtype} first_no_index() finds the first that is no whole number below the count`, () => {
    const chance = new Chance(2);
    for (const [wrong, at] of [[-1, 0], [4, 2], [1.5, 3], [NaN, 1], [1e20, 4], [3, -1], [-0, -1]]) {
      const values = Float64Array.from([0, 3, 1, 2, 0]);
      if (at >= 0) values[at] = wrong;
      else values[1] = wrong;
      const x = chance.operand(dtype, 1, values.length, values);
      equal(kernels(dtype).first_no_index(values.length, 4, x.pointer), at);
    }
  });
}

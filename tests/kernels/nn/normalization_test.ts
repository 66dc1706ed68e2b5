import { kernels } from "../../../src/runtime/instance.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, type Operand } from "../_cases.ts";

for (const dtype of DTYPES) {
  test(`${dtype} normalization kernels stay inside their operands, whatever the sizes`, () => {
    const chance = new Chance(1);
    const family = kernels(dtype);
    const numbers = (count: number): Operand =>
      chance.operand(dtype, 1, count, chance.numbers(dtype, count));
    for (const samples of [1, 2, 5]) {
      for (const positions of [1, 3]) {
        for (const [n, groups] of [[1, 1], [2, 2], [3, 1], [4, 2], [7, 1], [9, 3]]) {
          for (const columns of [1, 2]) {
            const size = samples * positions * n, what = `${samples}, ${positions}, ${n}`;
            const [x, t, c, pushed, y, out] = Array.from({ length: 6 }, () => numbers(size));
            const inverse = numbers(samples * groups);
            const [w, pulled] = [numbers(columns * n), numbers(columns * n)];
            const xhat = chance.operand(dtype, 1, size);
            const sizes = [samples, positions, n, groups, columns - 1] as const;
            const made = [xhat.pointer, inverse.pointer] as const;
            family.normalize(...sizes, 0.5, x.pointer, ...made);
            family.normalize_project(...sizes, ...made, t.pointer, pushed.pointer);
            const directions = [t.pointer, pushed.pointer, c.pointer] as const;
            family.normalize_bend(...sizes, ...made, ...directions, out.pointer);
            const rows = samples * positions, shifts = columns - 1;
            family.scale_rows(rows, n, columns, w.pointer, xhat.pointer, shifts, 0, y.pointer);
            const pair = [c.pointer, xhat.pointer] as const;
            family.scale_pull(rows, n, columns, 0.5, ...pair, shifts, 0, pulled.pointer);
            for (const { guarded } of [x, t, c, pushed, y, out, inverse, w, pulled, xhat]) {
              ok(guarded.take().every(Number.isFinite), what);
            }
          }
        }
      }
    }
  });

  test(`${dtype} keep_mask() turns each number into its factor, wherever it stands`, () => {
    const chance = new Chance(2);
    for (let n = 0; n <= 19; n++) {
      const values = Float64Array.from({ length: n }, (_, i) => (i * 7 % 16) / 16);
      const x = chance.operand(dtype, 1, n, values);
      kernels(dtype).keep_mask(n, 0.25, x.pointer);
      equal([...x.guarded.take()], [...values].map((u) => u < 0.25 ? 4 : 0));
    }
  });
}

import { kernels } from "../../../src/runtime/instance.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, type Operand } from "../_cases.ts";

for (const dtype of DTYPES) {
  test(`${dtype} layer normalization kernels stay inside their operands, whatever the sizes`, () => {
    const chance = new Chance(1);
    const family = kernels(dtype);
    const numbers = (count: number): Operand =>
      chance.operand(dtype, 1, count, chance.numbers(dtype, count));
    for (const rows of [1, 2, 5]) {
      for (const n of [1, 2, 3, 4, 7, 9]) {
        const [x, t, c, pushed, y, out] = Array.from({ length: 6 }, () => numbers(rows * n));
        const [inverse] = [numbers(rows)], [w, pulled] = [numbers(2 * n), numbers(2 * n)];
        const xhat = chance.operand(dtype, 1, rows * n);
        family.layer_norm(rows, n, 0.5, x.pointer, xhat.pointer, inverse.pointer);
        family.layer_norm_project(
          rows,
          n,
          xhat.pointer,
          inverse.pointer,
          t.pointer,
          pushed.pointer,
        );
        const at = [xhat, inverse, t, pushed, c].map(({ pointer }) => pointer);
        const [rowsAt, inverseAt, tangentAt, pushedAt, cotangentAt] = at;
        family.layer_norm_bend(
          rows,
          n,
          rowsAt,
          inverseAt,
          tangentAt,
          pushedAt,
          cotangentAt,
          out.pointer,
        );
        family.scale_rows(rows, n, w.pointer, xhat.pointer, 1, 0, y.pointer);
        family.scale_pull(rows, n, 0.5, c.pointer, xhat.pointer, 1, 0, pulled.pointer);
        for (const { guarded } of [x, t, c, pushed, y, out, inverse, w, pulled, xhat]) {
          ok(guarded.take().every(Number.isFinite), `${rows} rows of ${n}`);
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

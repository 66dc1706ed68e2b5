import { kernels } from "../../../src/runtime/instance.ts";
import { ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, type Operand } from "../_cases.ts";

for (const dtype of DTYPES) {
  test(`${dtype} batch normalization kernels stay inside their operands, whatever the sizes`, () => {
    const chance = new Chance(1);
    const family = kernels(dtype);
    const numbers = (count: number): Operand =>
      chance.operand(dtype, 1, count, chance.numbers(dtype, count));
    for (const rows of [1, 2, 5]) {
      for (const n of [1, 2, 3, 4, 7, 9]) {
        const [x, t, c, pushed, y, out] = Array.from({ length: 6 }, () => numbers(rows * n));
        const [xhat, again] = [0, 1].map(() => chance.operand(dtype, 1, rows * n));
        const [inverse, mean, variance] = [0, 1, 2].map(() => chance.operand(dtype, 1, n));
        const work = chance.operand("float64", 1, 4 * n);
        const half = chance.operand("float64", 1, 2 * n);
        const at = [x, xhat, inverse, mean, variance].map(({ pointer }) => pointer);
        const [xAt, xhatAt, inverseAt, meanAt, varianceAt] = at;
        const [halfAt, cAt] = [half.pointer, c.pointer];
        family.batch_norm(rows, n, 0.5, halfAt, xAt, xhatAt, inverseAt, meanAt, varianceAt);
        family.batch_norm_fixed(
          rows,
          n,
          0.5,
          halfAt,
          meanAt,
          varianceAt,
          xAt,
          again.pointer,
          inverseAt,
        );
        family.batch_norm_project(rows, n, halfAt, xhatAt, inverseAt, t.pointer, pushed.pointer);
        family.scale_columns(rows, n, cAt, inverseAt, y.pointer);
        family.batch_norm_bend(
          rows,
          n,
          work.pointer,
          xhatAt,
          inverseAt,
          t.pointer,
          pushed.pointer,
          cAt,
          out.pointer,
        );
        const written = [x, t, c, pushed, y, out, xhat, again, inverse, mean, variance, work, half];
        for (const { guarded } of written) {
          ok(guarded.take().every(Number.isFinite), `${rows} rows of ${n}`);
        }
      }
    }
  });
}

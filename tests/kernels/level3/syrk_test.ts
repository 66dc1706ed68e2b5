import { kernels } from "../../../src/runtime/instance.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { PRODUCT_RATIO } from "../../_support/tolerance.ts";
import { productRatio } from "../../oracles/matrix_product.ts";
import { Chance, DTYPES, EVERY_SIZE, isSame, rounded, SCALARS } from "../_cases.ts";
import { element, gemmWorkspace } from "./_product.ts";

const SHAPES: readonly (readonly [n: number, k: number])[] = [
  ...Array.from({ length: EVERY_SIZE + 1 }, (_, size) => [size, 9] as const),
  ...Array.from({ length: EVERY_SIZE + 1 }, (_, size) => [17, size] as const),
  ...[[123, 40], [130, 515], [525, 20], [300, 3]] as const,
];

for (const dtype of DTYPES) {
  test(`${dtype} syrk() is within its bound, exactly symmetric and reads the lower triangle only`, () => {
    const chance = new Chance(1);
    for (const [n, k] of SHAPES) {
      for (const flags of [0, 1, 4, 5]) {
        const isTransposed = (flags & 1) !== 0;
        const [rows, stored] = isTransposed ? [k, n] : [n, k];
        const held = stored - (flags & 4 ? 1 : 0);
        if (held < 0) continue;
        const alpha = rounded(dtype, chance.of(SCALARS)), beta = rounded(dtype, chance.of(SCALARS));
        const values = chance.numbers(dtype, rows * held),
          a = chance.operand(dtype, rows, held, values);
        const values0 = chance.numbers(dtype, n * n);
        const lower = values0.map((value, at) => at % n > Math.floor(at / n) ? NaN : value);
        const c = chance.operand(dtype, n, n, beta === 0 ? undefined : lower);
        // deno-fmt-ignore
        kernels(dtype).syrk(flags, n, k, alpha, a.pointer, a.stride, beta, c.pointer, c.stride,
          0, gemmWorkspace());
        equal(isSame(a.guarded.take(), values), true, "A is unchanged");
        const result = c.guarded.take();
        const what = `${dtype} n ${n} k ${k} flags ${flags} alpha ${alpha} beta ${beta}`;
        const mirrored = result.map((_, at) => result[at % n * n + Math.floor(at / n)]);
        equal(isSame(mirrored, result), true, `symmetry, ${what}`);
        const ratio = productRatio(dtype, {
          ...{ m: n, n, k, alpha, beta, stride: n > EVERY_SIZE ? 7 : 1 },
          a: element(values, held, isTransposed),
          b: element(values, held, !isTransposed),
          c0: (i, j) => values0[Math.max(i, j) * n + Math.min(i, j)],
          c: element(result, n, false),
        });
        ok(ratio <= PRODUCT_RATIO, `ratio ${ratio}, ${what}`);
      }
    }
  });

  test(`${dtype} syrk() with weights has the bits of gemm() with rows multiplied beforehand`, () => {
    const chance = new Chance(2);
    for (const [n, k] of SHAPES) {
      for (const flags of [0, 1, 4, 5]) {
        const isTransposed = (flags & 1) !== 0;
        const [rows, stored] = isTransposed ? [k, n] : [n, k];
        const held = stored - (flags & 4 ? 1 : 0);
        if (held < 0) continue;
        const alpha = rounded(dtype, chance.of(SCALARS)), beta = rounded(dtype, chance.of(SCALARS));
        const values = chance.numbers(dtype, rows * held), weights = chance.numbers(dtype, k);
        weights.fill(0, 0, Math.min(k, 2));
        const at = element(values, held, isTransposed);
        const scaled = Float64Array.from(
          { length: n * k },
          (_, i) => rounded(dtype, weights[i % k] * at(Math.floor(i / k), i % k)),
        );
        const a = chance.operand(dtype, rows, held, values),
          b = chance.operand(dtype, n, k, scaled);
        const d = chance.operand(dtype, 1, k, weights);
        const start = chance.numbers(dtype, n * n), work = gemmWorkspace();
        const [c, expected] = [0, 1].map(() => chance.operand(dtype, n, n, start));
        const { gemm, syrk } = kernels(dtype);
        // deno-fmt-ignore
        syrk(flags, n, k, alpha, a.pointer, a.stride, beta, c.pointer, c.stride, d.pointer, work);
        // deno-fmt-ignore
        gemm(flags | 2, n, n, k, alpha, a.pointer, a.stride, b.pointer, b.stride, beta, expected.pointer,
          expected.stride, work);
        equal(isSame(a.guarded.take(), values), true, "A is unchanged");
        equal(isSame(d.guarded.take(), weights), true, "the weights are unchanged");
        const full = expected.guarded.take();
        const mirrored = full.map((_, i) => {
          const [row, column] = [Math.floor(i / n), i % n];
          return full[Math.max(row, column) * n + Math.min(row, column)];
        });
        const what = `n ${n} k ${k} flags ${flags} alpha ${alpha} beta ${beta}`;
        equal(isSame(c.guarded.take(), mirrored), true, what);
      }
    }
  });
}

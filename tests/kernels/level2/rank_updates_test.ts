import { kernels } from "../../../src/runtime/instance.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { PRODUCT_RATIO } from "../../_support/tolerance.ts";
import { productRatio } from "../../oracles/matrix_product.ts";
import { Chance, DTYPES, EVERY_SIZE, isSame, rounded } from "../_cases.ts";

for (const dtype of DTYPES) {
  test(`${dtype} ger() is within its bound for every size`, () => {
    const chance = new Chance(1);
    for (let size = 0; size <= EVERY_SIZE; size++) {
      const m = chance.below(20), n = size, alpha = rounded(dtype, 0.7);
      const valuesX = chance.numbers(dtype, m), x = chance.operand(dtype, 1, m, valuesX);
      const valuesY = chance.numbers(dtype, n), y = chance.operand(dtype, 1, n, valuesY);
      const values0 = chance.numbers(dtype, m * n), a = chance.operand(dtype, m, n, values0);
      kernels(dtype).ger(m, n, alpha, x.pointer, y.pointer, a.pointer, a.stride);
      equal(isSame(x.guarded.take(), valuesX), true, "x is unchanged");
      equal(isSame(y.guarded.take(), valuesY), true, "y is unchanged");
      const result = a.guarded.take();
      const ratio = productRatio(dtype, {
        ...{ m, n, k: 1, alpha, beta: 1 },
        a: (i) => valuesX[i],
        b: (_, j) => valuesY[j],
        c0: (i, j) => values0[i * n + j],
        c: (i, j) => result[i * n + j],
      });
      ok(ratio <= PRODUCT_RATIO, `${dtype} ${m} x ${n}: ratio ${ratio}`);
    }
  });

  test(`${dtype} syr2() is within its bound and keeps a symmetric matrix exactly symmetric`, () => {
    const chance = new Chance(2);
    for (let n = 0; n <= EVERY_SIZE; n++) {
      const alpha = rounded(dtype, -0.7);
      const valuesX = chance.numbers(dtype, n), x = chance.operand(dtype, 1, n, valuesX);
      const valuesY = chance.numbers(dtype, n), y = chance.operand(dtype, 1, n, valuesY);
      const drawn = chance.numbers(dtype, n * n),
        transposed = (at: number) => at % n * n + Math.floor(at / n);
      const values0 = drawn.map((_, at) => drawn[Math.max(at, transposed(at))]);
      const a = chance.operand(dtype, n, n, values0);
      kernels(dtype).syr2(n, alpha, x.pointer, y.pointer, a.pointer, a.stride);
      equal(isSame(x.guarded.take(), valuesX), true, "x is unchanged");
      equal(isSame(y.guarded.take(), valuesY), true, "y is unchanged");
      const result = a.guarded.take();
      equal(isSame(result.map((_, at) => result[transposed(at)]), result), true, "symmetry");
      const ratio = productRatio(dtype, {
        ...{ m: n, n, k: 2, alpha, beta: 1 },
        a: (i, p) => p === 0 ? valuesX[i] : valuesY[i],
        b: (p, j) => p === 0 ? valuesY[j] : valuesX[j],
        c0: (i, j) => values0[i * n + j],
        c: (i, j) => result[i * n + j],
      });
      ok(ratio <= PRODUCT_RATIO, `${dtype} n ${n}: ratio ${ratio}`);
    }
  });
}

import { kernels } from "../../../src/runtime/instance.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { PRODUCT_RATIO } from "../../_support/tolerance.ts";
import { productRatio } from "../../oracles/matrix_product.ts";
import { Chance, DTYPES, EVERY_SIZE, isSame, rounded, SCALARS } from "../_cases.ts";

for (const dtype of DTYPES) {
  test(`${dtype} gemv() is within its bound for every size, scalar, stride and offset`, () => {
    const chance = new Chance(1);
    for (let i = 0; i < 12 * EVERY_SIZE; i++) {
      const sizes = [Math.floor(i / 12) + 1, chance.below(EVERY_SIZE + 1)];
      const [m, n] = i % 4 < 2 ? sizes : sizes.reverse(), isTransposed = i % 2 === 1;
      const [rows, k] = isTransposed ? [n, m] : [m, n];
      const alpha = rounded(dtype, chance.of(SCALARS)), beta = rounded(dtype, chance.of(SCALARS));
      const values = chance.numbers(dtype, m * n), a = chance.operand(dtype, m, n, values);
      const valuesX = chance.numbers(dtype, k), x = chance.operand(dtype, 1, k, valuesX);
      const values0 = chance.numbers(dtype, rows);
      const y = chance.operand(dtype, 1, rows, beta === 0 ? undefined : values0);
      kernels(dtype).gemv(i % 2, m, n, alpha, a.pointer, a.stride, x.pointer, beta, y.pointer);
      equal(isSame(a.guarded.take(), values), true, "A is unchanged");
      equal(isSame(x.guarded.take(), valuesX), true, "x is unchanged");
      const result = y.guarded.take();
      const ratio = productRatio(dtype, {
        ...{ m: rows, n: 1, k, alpha, beta },
        a: isTransposed ? (r, c) => values[c * n + r] : (r, c) => values[r * n + c],
        b: (p) => valuesX[p],
        c0: (r) => values0[r],
        c: (r) => result[r],
      });
      ok(ratio <= PRODUCT_RATIO, `${dtype} ${m} x ${n}, trans ${i % 2}: ratio ${ratio}`);
    }
  });

  test(`${dtype} symv() is within its bound and reads the lower triangle only`, () => {
    const chance = new Chance(2);
    for (let n = 0; n <= EVERY_SIZE; n++) {
      for (const [alpha, beta] of [[1, 0], [-1, 1], [rounded(dtype, 0.7), -1]]) {
        const values = chance.numbers(dtype, n * n).map((value, at) =>
          at % n > Math.floor(at / n) ? NaN : value
        );
        const a = chance.operand(dtype, n, n, values);
        const valuesX = chance.numbers(dtype, n), x = chance.operand(dtype, 1, n, valuesX);
        const values0 = chance.numbers(dtype, n);
        const y = chance.operand(dtype, 1, n, beta === 0 ? undefined : values0);
        kernels(dtype).symv(n, alpha, a.pointer, a.stride, x.pointer, beta, y.pointer);
        equal(isSame(a.guarded.take(), values), true, "A is unchanged");
        equal(isSame(x.guarded.take(), valuesX), true, "x is unchanged");
        const result = y.guarded.take();
        const ratio = productRatio(dtype, {
          ...{ m: n, n: 1, k: n, alpha, beta },
          a: (r, c) => values[Math.max(r, c) * n + Math.min(r, c)],
          b: (p) => valuesX[p],
          c0: (r) => values0[r],
          c: (r) => result[r],
        });
        ok(ratio <= PRODUCT_RATIO, `${dtype} n ${n}: ratio ${ratio}`);
      }
    }
  });
}

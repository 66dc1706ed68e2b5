import type { DType } from "../../../src/runtime/dtype.ts";
import { kernels } from "../../../src/runtime/instance.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { PRODUCT_RATIO } from "../../_support/tolerance.ts";
import { productRatio } from "../../oracles/matrix_product.ts";
import { Chance, DTYPES, EVERY_SIZE, isSame, rounded } from "../_cases.ts";
import { gemmWorkspace } from "./_product.ts";

const [TRANSPOSED, RIGHT, UPPER, UNIT] = [1, 2, 4, 8];

/** A well-conditioned triangle; what trsm must not read is NaN. */
function triangle(dtype: DType, n: number, flags: number, chance: Chance): Float64Array {
  return chance.numbers(dtype, n * n).map((x, at) => {
    const row = Math.floor(at / n), column = at % n;
    if (row === column) return flags & UNIT ? NaN : rounded(dtype, 2 + x);
    return (flags & UPPER) !== 0 === column > row ? rounded(dtype, x / n) : NaN;
  });
}

/** How far op(A) X, or X op(A), is from alpha B, in units of the bound of a product of this size. */
function ratioOf(
  dtype: DType,
  flags: number,
  [m, n]: readonly number[],
  alpha: number,
  chance: Chance,
): number {
  const isRight = (flags & RIGHT) !== 0, order = isRight ? n : m;
  const valuesA = triangle(dtype, order, flags, chance), values0 = chance.numbers(dtype, m * n);
  const a = chance.operand(dtype, order, order, valuesA), b = chance.operand(dtype, m, n, values0);
  kernels(dtype).trsm(
    flags,
    m,
    n,
    alpha,
    a.pointer,
    a.stride,
    b.pointer,
    b.stride,
    gemmWorkspace(),
  );
  equal(isSame(a.guarded.take(), valuesA), true, "A is unchanged");
  const x = b.guarded.take();
  const stored = (i: number, j: number) => {
    if (i === j && flags & UNIT) return 1;
    return i === j || (flags & UPPER) !== 0 === j > i ? valuesA[i * order + j] : 0;
  };
  const op = (i: number, j: number) => flags & TRANSPOSED ? stored(j, i) : stored(i, j);
  const solution = (i: number, j: number) => x[i * n + j];
  return productRatio(dtype, {
    ...{ m, n, k: order, alpha: 1, beta: -alpha, stride: order > EVERY_SIZE ? 5 : 1 },
    a: isRight ? solution : op,
    b: isRight ? op : solution,
    c0: (i, j) => values0[i * n + j],
    c: () => 0,
  });
}

const SHAPES: readonly (readonly number[])[] = [
  ...Array.from({ length: EVERY_SIZE + 1 }, (_, size) => [size, 70 - size]),
  ...[[40, 64], [41, 65], [79, 3], [80, 33], [3, 81], [125, 130]],
];

for (const dtype of DTYPES) {
  test(`${dtype} trsm() solves on both sides with every kind of triangle, reading only that`, () => {
    const chance = new Chance(1);
    for (const shape of SHAPES) {
      for (let flags = 0; flags < 16; flags++) {
        const alpha = rounded(dtype, chance.of([1, -1, 0.7]));
        const ratio = ratioOf(dtype, flags, shape, alpha, chance);
        ok(
          ratio <= PRODUCT_RATIO,
          `${dtype} ${shape} flags ${flags} alpha ${alpha}: ratio ${ratio}`,
        );
      }
    }
  });

  test(`${dtype} trsm() clears B without reading A when alpha is 0`, () => {
    const chance = new Chance(2);
    const a = chance.operand(dtype, 9, 9), b = chance.operand(dtype, 9, 4);
    kernels(dtype).trsm(0, 9, 4, 0, a.pointer, a.stride, b.pointer, b.stride, gemmWorkspace());
    equal(isSame(b.guarded.take(), new Float64Array(36)), true);
  });
}

import type { DType } from "../../../src/runtime/dtype.ts";
import { instance, kernels } from "../../../src/runtime/instance.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { PRODUCT_RATIO } from "../../_support/tolerance.ts";
import { Chance, DTYPES, EVERY_SIZE, isSame, SCALARS } from "../_cases.ts";
import { Guarded } from "../_guarded.ts";
import { gemmRatio, gemmWorkspace, type Product } from "./_product.ts";

const RANDOM_CASES = 500;

/** Whether the column of ones that a flag asks for has a dimension to be in. */
function isPossible({ flags, m, n, k }: Product): boolean {
  const columnsA = flags & 1 ? m : k, columnsB = flags & 2 ? k : n;
  return columnsA >= (flags & 4 ? 1 : 0) && columnsB >= (flags & 8 ? 1 : 0);
}

function check(dtype: DType, product: Product, chance: Chance): void {
  if (!isPossible(product)) return;
  const ratio = gemmRatio(dtype, product, chance);
  ok(ratio <= PRODUCT_RATIO, `${dtype} ${JSON.stringify(product)}: ratio ${ratio}`);
}

for (const dtype of DTYPES) {
  test(`${dtype} gemm() is within its proved bound for all flags, scalars, strides and offsets`, () => {
    const chance = new Chance(1);
    const size = () => chance.below(EVERY_SIZE + 1);
    for (let i = 0; i < RANDOM_CASES; i++) {
      const alpha = chance.of(SCALARS), beta = chance.of(SCALARS);
      const [m, n, k] = [size(), size(), size()];
      check(dtype, { flags: i % 16, m, n, k, alpha, beta }, chance);
    }
  });

  test(`${dtype} gemm() is right for every size of each dimension up to ${EVERY_SIZE}`, () => {
    const chance = new Chance(2);
    for (let size = 0; size <= EVERY_SIZE; size++) {
      for (const [m, n, k] of [[size, 9, 7], [6, size, 7], [6, 9, size]]) {
        check(dtype, { flags: size % 16, m, n, k, alpha: 1, beta: 0 }, chance);
        check(dtype, { flags: (size + 5) % 16, m, n, k, alpha: 0.7, beta: 1 }, chance);
      }
    }
  });

  test(`${dtype} gemm() is right on both sides of its block sizes`, () => {
    const chance = new Chance(3);
    const shapes = [[121, 9, 513], [3, 513, 20], [59, 257, 512], [241, 14, 40], [7, 9, 1030]];
    for (const [m, n, k] of shapes) {
      for (let flags = 0; flags < 16; flags += 5) {
        check(dtype, { flags, m, n, k, alpha: 0.7, beta: -1, stride: 7 }, chance);
      }
    }
  });

  test(`${dtype} gemm() reads neither A nor B when alpha is 0`, () => {
    const chance = new Chance(4);
    const [a, b] = [chance.operand(dtype, 9, 9), chance.operand(dtype, 9, 9)];
    const values = chance.numbers(dtype, 81), c = chance.operand(dtype, 9, 9, values);
    // deno-fmt-ignore
    kernels(dtype).gemm(0, 9, 9, 9, 0, a.pointer, a.stride, b.pointer, b.stride,
      1, c.pointer, c.stride, gemmWorkspace());
    equal(isSame(c.guarded.take(), values), true);
  });

  test(`${dtype} gemm() stays inside the workspace it asks for`, () => {
    const chance = new Chance(6);
    const [m, n, k] = [131, 523, 1021], bytes = instance().exports.gemm_work_bytes();
    const work = new Guarded("float32", 1, bytes / 4);
    const operands = [[m, k], [k, n], [m, n]].map(([rows, columns]) =>
      chance.operand(dtype, rows, columns, chance.numbers(dtype, rows * columns))
    );
    const [a, b, c] = operands;
    // deno-fmt-ignore
    kernels(dtype).gemm(0, m, n, k, 1, a.pointer, a.stride, b.pointer, b.stride,
      0, c.pointer, c.stride, work.pointer);
    for (const { guarded } of operands) guarded.take();
    work.take();
  });

  test(`${dtype} gemm() gives a row, a column and the transpose of a product the same bits`, () => {
    const chance = new Chance(5);
    const [m, n, k] = [13, 21, 600], work = gemmWorkspace(), { gemm } = kernels(dtype);
    const a = chance.operand(dtype, m, k, chance.numbers(dtype, m * k));
    const b = chance.operand(dtype, k, n, chance.numbers(dtype, k * n));
    const bytes = dtype === "float32" ? 4 : 8;
    const product = (flags: number, rows: number, columns: number, first: number[]) => {
      const [x, y] = flags ? [b, a] : [a, b];
      const c = chance.operand(dtype, rows, columns);
      // deno-fmt-ignore
      gemm(flags, rows, columns, k, 1, x.pointer + first[0] * bytes, x.stride,
        y.pointer + first[1] * bytes, y.stride, 0, c.pointer, c.stride, work);
      return c.guarded.take();
    };
    const whole = product(0, m, n, [0, 0]);
    const row = product(0, 1, n, [(m - 1) * a.stride, 0]);
    const column = product(0, m, 1, [0, n - 1]);
    const transpose = product(3, n, m, [0, 0]);
    equal(isSame(row, whole.slice((m - 1) * n)), true, "last row");
    equal(isSame(column, whole.filter((_, at) => at % n === n - 1)), true, "last column");
    const back = Float64Array.from(whole, (_, at) => transpose[at % n * m + Math.floor(at / n)]);
    equal(isSame(back, whole), true, "transpose");
  });
}

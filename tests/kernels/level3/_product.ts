// One call of gemm on guarded operands, judged by the oracle.
import type { DType } from "../../../src/runtime/dtype.ts";
import { instance, kernels } from "../../../src/runtime/instance.ts";
import { workspace } from "../../../src/runtime/memory.ts";
import { equal } from "../../_support/assert.ts";
import { type Element, productRatio } from "../../oracles/matrix_product.ts";
import { type Chance, isSame, rounded } from "../_cases.ts";

/** What gemm is asked for. */
export interface Product {
  readonly flags: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly alpha: number;
  readonly beta: number;
  readonly stride?: number;
}

/** op(X) of a stored matrix whose last column may be ones that memory does not hold. */
export function element(values: Float64Array, held: number, isTransposed: boolean): Element {
  const at = (row: number, column: number) => column < held ? values[row * held + column] : 1;
  return isTransposed ? (row, column) => at(column, row) : at;
}

/** Scratch of the level 3 kernels. */
export function gemmWorkspace(): number {
  return workspace(instance().exports.gemm_work_bytes());
}

/** Runs gemm, checks that nothing but C has changed, and returns the ratio of its error to the bound. */
export function gemmRatio(dtype: DType, product: Product, chance: Chance): number {
  const { flags, m, n, k, stride = 1 } = product;
  const alpha = rounded(dtype, product.alpha), beta = rounded(dtype, product.beta);
  const isTransposedA = (flags & 1) !== 0, isTransposedB = (flags & 2) !== 0;
  const [rowsA, storedA] = isTransposedA ? [k, m] : [m, k];
  const [rowsB, storedB] = isTransposedB ? [n, k] : [k, n];
  const heldA = storedA - (flags & 4 ? 1 : 0), heldB = storedB - (flags & 8 ? 1 : 0);
  const work = gemmWorkspace();
  const valuesA = chance.numbers(dtype, rowsA * heldA),
    valuesB = chance.numbers(dtype, rowsB * heldB);
  const values0 = chance.numbers(dtype, m * n);
  const a = chance.operand(dtype, rowsA, heldA, valuesA);
  const b = chance.operand(dtype, rowsB, heldB, valuesB);
  const c = chance.operand(dtype, m, n, beta === 0 ? undefined : values0);
  // deno-fmt-ignore
  kernels(dtype).gemm(flags, m, n, k, alpha, a.pointer, a.stride, b.pointer, b.stride,
    beta, c.pointer, c.stride, work);
  equal(isSame(a.guarded.take(), valuesA), true, "A is unchanged");
  equal(isSame(b.guarded.take(), valuesB), true, "B is unchanged");
  return productRatio(dtype, {
    ...{ m, n, k, alpha, beta, stride },
    a: element(valuesA, heldA, isTransposedA),
    b: element(valuesB, heldB, isTransposedB),
    c0: element(values0, n, false),
    c: element(c.guarded.take(), n, false),
  });
}

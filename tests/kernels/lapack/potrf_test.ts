import type { DType } from "../../../src/runtime/dtype.ts";
import { instance, kernels } from "../../../src/runtime/instance.ts";
import { workspace } from "../../../src/runtime/memory.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { residualRatio, SOLVE_RATIO, unitRoundoff } from "../../_support/tolerance.ts";
import { choleskyRatio, inverseRatio, solveRatio } from "../../oracles/residual_ratios.ts";
import {
  extremeScales,
  symmetricMatrices,
  type SymmetricMatrix,
  uniform,
} from "../../oracles/symmetric_matrices.ts";
import { Guarded } from "../_guarded.ts";
import { LARGE, SIZES } from "./_sizes.ts";

const RIGHT_HAND_SIDES = [1, 2, 15];

/** Factors the lower triangle; the strict upper one holds NaN, which must stay and must not spread. */
function potrf(dtype: DType, a: ArrayLike<number>, n: number, gap = 0): [number, Float64Array] {
  const isUpper = (at: number) => at % n > Math.floor(at / n);
  const lower = Float64Array.from(a, (value, at) => isUpper(at) ? NaN : value);
  const matrix = new Guarded(dtype, n, n, n + gap).set(lower);
  const work = workspace(instance().exports.potrf_work_bytes());
  const status = kernels(dtype).potrf(n, matrix.pointer, n + gap, work);
  const l = matrix.take();
  equal(l.findIndex((value, at) => isUpper(at) && value === value), -1, "strict upper triangle");
  return [status, l];
}

function potrs(
  dtype: DType,
  l: Float64Array,
  n: number,
  b: Float64Array,
  columns: number,
  gap = 0,
): Float64Array {
  const factor = new Guarded(dtype, n, n, n + gap).set(l);
  const right = new Guarded(dtype, n, columns, columns + gap).set(b);
  const work = workspace(instance().exports.potrf_work_bytes());
  kernels(dtype).potrs(n, columns, factor.pointer, n + gap, right.pointer, columns + gap, work);
  equal([...factor.take()], [...l], "the factor");
  return right.take();
}

function potri(dtype: DType, l: Float64Array, n: number, gap = 0): Float64Array {
  const matrix = new Guarded(dtype, n, n, n + gap).set(l), { potri_work_bytes } = kernels(dtype);
  kernels(dtype).potri(n, matrix.pointer, n + gap, workspace(potri_work_bytes(n)));
  return matrix.take();
}

function check(dtype: DType, { name, n, values, failingPivot }: SymmetricMatrix): void {
  const where = `${dtype} ${n} ${name}`, u = unitRoundoff(dtype), gap = n % 4;
  const bound = residualRatio(n);
  const [status, l] = potrf(dtype, values, n, gap);
  equal(status, n > 0 ? failingPivot : 0, `${where}: pivot`);
  if (status > 0 || n === 0) return;
  // Ratios are taken on matrices of ordinary size, by a power of 4 that changes no digit.
  const [tiny, huge] = extremeScales(dtype);
  const scale = name === "near underflow" ? tiny : name === "near overflow" ? huge : 1;
  const a = values.map((value) => value / scale);
  const factor = l.map((value) => value / Math.sqrt(scale));
  const ratio = choleskyRatio(a, factor, n, u);
  ok(ratio <= bound, `${where}: factor ratio ${ratio}`);
  const inverse = potri(dtype, l, n, gap).map((value) => value * scale);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) equal(inverse[i * n + j], inverse[j * n + i], `${where}: symmetry`);
  }
  const inverted = inverseRatio(a, inverse, n, u);
  ok(inverted <= bound, `${where}: inverse ratio ${inverted}`);
  for (const columns of RIGHT_HAND_SIDES) {
    const next = uniform(columns), b = new Float64Array(n * columns).map(() => Math.fround(next()));
    const x = potrs(dtype, l, n, b, columns, gap).map((value) => value * scale);
    const solved = solveRatio(a, x, b, n, columns, u);
    ok(solved <= SOLVE_RATIO, `${where}: solve ratio ${solved} for ${columns}`);
  }
}

for (const dtype of ["float32", "float64"] as const) {
  test(`potrf(), potrs() and potri() are as exact as the arithmetic allows in ${dtype}`, () => {
    for (const n of SIZES) {
      for (const matrix of symmetricMatrices(n, dtype, n + 1)) check(dtype, matrix);
    }
  });

  test(`potrf(), potrs() and potri() stay exact over many blocks in ${dtype}`, () => {
    for (const matrix of symmetricMatrices(LARGE, dtype, 2)) {
      if (/condition|input factor/.test(matrix.name)) check(dtype, matrix);
    }
  });

  test(`potrf() reports the first pivot that is not positive, wherever it stands, in ${dtype}`, () => {
    const n = 130;
    for (let pivot = 0; pivot < n; pivot++) {
      const a = new Float64Array(n * n), poison = [0, -1, NaN][pivot % 3];
      for (let i = 0; i < n; i++) a[i * n + i] = i < pivot ? 4 : i === pivot ? poison : -3;
      equal(potrf(dtype, a, n)[0], pivot + 1, `pivot ${poison}`);
    }
  });

  test(`potrf() gives the same bits for a matrix scaled by a power of four in ${dtype}`, () => {
    const n = 100, { values } = symmetricMatrices(n, dtype, 1)[1], [, l] = potrf(dtype, values, n);
    for (const scale of extremeScales(dtype)) {
      const [status, scaled] = potrf(dtype, values.map((value) => value * scale), n);
      equal(status, 0);
      equal([...scaled], [...l.map((value) => value * Math.sqrt(scale))], `scale ${scale}`);
    }
  });

  test(`potrs() gives a column the same bits alone and among others in ${dtype}`, () => {
    const n = 129, columns = 21, next = uniform(5);
    const [, l] = potrf(dtype, symmetricMatrices(n, dtype, 1)[1].values, n);
    const b = new Float64Array(n * columns).map(() => Math.fround(next()));
    const x = potrs(dtype, l, n, b, columns);
    for (const column of [0, 7, columns - 1]) {
      const pick = (m: Float64Array) => m.filter((_, at) => at % columns === column);
      equal([...potrs(dtype, l, n, pick(b), 1)], [...pick(x)], `column ${column}`);
    }
  });
}

import type { DType } from "../../../src/runtime/dtype.ts";
import { kernels } from "../../../src/runtime/instance.ts";
import { workspace } from "../../../src/runtime/memory.ts";
import { equal, near, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { EIGEN_RATIO, gamma, unitRoundoff } from "../../_support/tolerance.ts";
import { eigenRatio, orthogonalityRatio } from "../../oracles/residual_ratios.ts";
import {
  extremeScales,
  symmetricMatrices,
  uniform,
  withEigenvalues,
} from "../../oracles/symmetric_matrices.ts";
import { Guarded } from "../_guarded.ts";
import { LARGE, SIZES } from "./_sizes.ts";

interface Decomposition {
  status: number;
  w: Float64Array;
  z: Float64Array;
}

/** Runs the kernel with NaN in the strict upper triangle, which it must not read. */
function syev(dtype: DType, a: ArrayLike<number>, n: number, gap = 0): Decomposition {
  const lower = Float64Array.from(a, (value, at) => at % n > Math.floor(at / n) ? NaN : value);
  const matrix = new Guarded(dtype, n, n, n + gap).set(lower), w = new Guarded(dtype, 1, n);
  const { syev, syev_work_bytes } = kernels(dtype);
  const work = workspace(syev_work_bytes(n));
  const status = syev(n, matrix.pointer, n + gap, w.pointer, work);
  return { status, w: w.take(), z: matrix.take() };
}

function check(dtype: DType, a: Float64Array, n: number, name: string, gap = 0): Decomposition {
  const found = syev(dtype, a, n, gap), u = unitRoundoff(dtype), where = `${dtype} ${n} ${name}`;
  equal(found.status, 0, `${where}: not converged`);
  for (let j = 1; j < n; j++) ok(found.w[j - 1] <= found.w[j], `${where}: order at ${j}`);
  // The ratio is taken on a matrix of ordinary size: the residual of a huge one would overflow.
  const scale = n > 0 ? Math.max(...a.map(Math.abs)) || 1 : 1;
  const w = found.w.map((value) => value / scale);
  const residual = eigenRatio(a.map((value) => value / scale), w, found.z, n, u);
  ok(!(residual > EIGEN_RATIO), `${where}: residual ratio ${residual}`);
  const orthogonality = orthogonalityRatio(found.z, n, u);
  ok(!(orthogonality > EIGEN_RATIO), `${where}: orthogonality ratio ${orthogonality}`);
  for (let j = 0; j < n; j++) {
    const row = found.z.subarray(j * n, (j + 1) * n);
    const pivot = row.reduce((best, x) => Math.abs(x) > Math.abs(best) ? x : best, 0);
    ok(pivot > 0, `${where}: sign of row ${j}`);
  }
  return found;
}

for (const dtype of ["float32", "float64"] as const) {
  test(`syev() decomposes every matrix type at every size in ${dtype}`, () => {
    for (const n of SIZES) {
      for (const { values, name } of symmetricMatrices(n, dtype, n)) {
        check(dtype, values, n, name, n % 3);
      }
    }
  });

  test(`syev() decomposes indefinite, graded and degenerate matrices in ${dtype}`, () => {
    for (const n of [2, 3, 17, 64, 65]) {
      const next = uniform(n), random = Float64Array.from({ length: n * n }, next);
      const symmetric = random.map((_, at) =>
        Math.fround(random[at] + random[(at % n) * n + Math.floor(at / n)])
      );
      const entry = (f: (i: number, j: number) => number) =>
        symmetric.map((_, at) => f(Math.floor(at / n), at % n));
      check(dtype, symmetric, n, "indefinite");
      check(dtype, entry((i, j) => symmetric[i * n + j] * 2 ** -(i + j)), n, "graded down");
      check(dtype, entry((i, j) => symmetric[i * n + j] * 2 ** (i + j - 2 * n)), n, "graded up");
      check(dtype, entry(() => 0), n, "zero");
      check(dtype, entry(() => 1), n, "ones");
      check(dtype, entry((i, j) => Math.abs(i - j) === 1 ? 1 : 0), n, "path");
      check(dtype, entry((i, j) => i === j ? 1 : i + j === n - 1 ? 2 ** -140 : 0), n, "cross");
    }
  });

  test(`syev() finds the eigenvalues that a matrix was made from in ${dtype}`, () => {
    const n = LARGE, next = uniform(7);
    const expected = Float64Array.from({ length: n }, next).sort();
    const values = withEigenvalues(expected, 3);
    const exact = dtype === "float32" ? values.map(Math.fround) : values;
    const { w } = check(dtype, exact, n, "given eigenvalues");
    for (let j = 0; j < n; j++) near(w[j], expected[j], gamma(n, dtype), `eigenvalue ${j}`);
  });

  test(`syev() gives the same bits for a matrix scaled by a power of two in ${dtype}`, () => {
    const n = 33, { values } = symmetricMatrices(n, dtype, 1)[1];
    const plain = syev(dtype, values, n);
    for (const scale of extremeScales(dtype)) {
      const scaled = syev(dtype, values.map((value) => value * scale), n);
      equal([...scaled.z], [...plain.z], "eigenvectors");
      equal([...scaled.w], [...plain.w.map((value) => value * scale)], "eigenvalues");
    }
  });

  test(`syev() refuses a matrix that is not finite and leaves it as it was in ${dtype}`, () => {
    for (const poison of [NaN, Infinity, -Infinity]) {
      const n = 5, values = Float64Array.from({ length: n * n }, (_, at) => at === 17 ? poison : 1);
      const { status, z } = syev(dtype, values, n);
      equal(status, n);
      ok(Object.is(z[17], poison) && z[0] === 1, "the matrix changed");
    }
  });
}

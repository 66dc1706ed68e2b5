import { matmul, Tensor, tensor, zeros } from "../../mod.ts";
import { matrix } from "../../linalg.ts";
import { gemm, gram } from "../../src/ops/gemm.ts";
import { homogeneous, leadingColumns, type Matrix } from "../../src/ops/matrix.ts";
import { columnMean, matvec, symv } from "../../src/ops/matvec.ts";
import { allNear, equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import {
  apply,
  columnMeans,
  multiply,
  type Rows,
  secondMoment,
  transpose,
} from "../oracles/matrices.ts";
import type { DType } from "../../mod.ts";

/** A matrix of these rows and columns in every form in which products take it. */
function forms(seed: number, rows: number, columns: number, dtype: DType): Matrix[] {
  const plain = matrix(tensorOf(randomRows(seed, rows, columns), dtype));
  const turned = matrix(tensorOf(randomRows(seed + 1, columns, rows), dtype)).T;
  const wide = matrix(tensorOf(randomRows(seed + 2, rows, columns + 3), dtype));
  const found = [plain, turned, leadingColumns(wide, columns)];
  if (columns > 1) {
    found.push(homogeneous(tensorOf(randomRows(seed + 3, rows, columns - 1), dtype)));
  }
  if (rows > 1) found.push(homogeneous(tensorOf(randomRows(seed + 4, columns, rows - 1), dtype)).T);
  return found;
}

const SIZES = [[1, 1, 1], [2, 3, 4], [5, 1, 7], [17, 9, 6], [33, 40, 21]];

test("gemm() multiplies matrices in all their forms, with both scales", () => {
  for (const dtype of DTYPES) {
    for (const [m, k, n] of SIZES) {
      for (const a of forms(1, m, k, dtype)) {
        for (const b of forms(10, k, n, dtype)) {
          const before = randomRows(20, m, n);
          using out = tensorOf(before, dtype);
          gemm(a, b, out, { alpha: 0.5, beta: -2 });
          const product = multiply(a.toArray(), b.toArray());
          const expected = before.map((row, i) => row.map((c, j) => 0.5 * product[i][j] - 2 * c));
          allNear(out.data, expected.flat(), identityBound(dtype), `${dtype} ${m} ${k} ${n}`);
          out.data.fill(NaN);
          gemm(a, b, out);
          allNear(out.data, product.flat(), identityBound(dtype), "beta 0 reads nothing");
        }
      }
    }
  }
});

test("gram() is AᵀA, exactly symmetric, ones included, and A Aᵀ of a transposed matrix", () => {
  for (const dtype of DTYPES) {
    for (const [rows, columns] of [[1, 1], [5, 3], [40, 17]]) {
      for (const a of forms(30, rows, columns, dtype)) {
        if (a.isTransposed && a.hasOnes) continue;
        using out = zeros([columns, columns], { dtype });
        out.data.fill(NaN);
        gram(a, out, { alpha: 1 / rows });
        allNear(out.data, secondMoment(a.toArray()).flat(), identityBound(dtype));
        for (let i = 0; i < columns; i++) {
          for (let j = 0; j < i; j++) equal(out.data[i * columns + j], out.data[j * columns + i]);
        }
      }
    }
  }
});

test("gram() with rowWeights is AᵀDA for weights of any sign, and has the bits of multiplied rows", () => {
  for (const dtype of DTYPES) {
    for (const [rows, columns] of [[1, 1], [5, 3], [40, 17], [600, 9]]) {
      for (const a of forms(35, rows, columns, dtype)) {
        if (a.isTransposed && a.hasOnes) continue;
        const values = a.toArray(), [weights] = randomRows(36, 1, rows);
        weights[0] = 0;
        using rowWeights = tensor(weights, { dtype });
        using out = zeros([columns, columns], { dtype });
        using copied = zeros([columns, columns], { dtype });
        gram(a, out, { alpha: 1 / rows, rowWeights });
        const weighted = values.map((row, n) => row.map((x) => weights[n] * x));
        const expected = multiply(transpose(weighted), values).flat().map((x) => x / rows);
        allNear(out.data, expected, identityBound(dtype), `${dtype} ${rows} ${columns}`);
        using scaled = tensorOf(weighted, dtype);
        gemm(a.T, matrix(scaled), copied, { alpha: 1 / rows });
        for (let i = 0; i < columns; i++) {
          for (let j = 0; j <= i; j++) {
            equal(out.data[i * columns + j], copied.data[i * columns + j]);
            equal(out.data[j * columns + i], copied.data[i * columns + j]);
          }
        }
      }
    }
  }
});

test("gram() refuses weights that are not one number of its dtype for each row", () => {
  using a = zeros([4, 3]);
  using out = zeros([3, 3]);
  for (const count of [3, 5, 0]) {
    using rowWeights = zeros([count]);
    throws(() => gram(matrix(a), out, { rowWeights }), TypeError, /one weight for each row/);
  }
  using rowWeights = zeros([4], { dtype: "float64" });
  throws(() => gram(matrix(a), out, { rowWeights }), TypeError, /dtypes/);
});

test("matvec() and columnMean() take matrices in all their forms", () => {
  for (const dtype of DTYPES) {
    for (const [rows, columns] of [[1, 1], [5, 3], [3, 5], [40, 17]]) {
      for (const a of forms(40, rows, columns, dtype)) {
        const [x] = randomRows(50, 1, a.columns);
        using out = zeros([a.rows], { dtype });
        out.data.fill(NaN);
        matvec(a, tensor(x, { dtype }), out, { alpha: 0.25 });
        const expected = apply(a.toArray(), x).map((v) => 0.25 * v);
        allNear(out.data, expected, 2 * identityBound(dtype), `${dtype} ${rows} ${columns}`);
        if (a.isTransposed) continue;
        using mean = zeros([a.columns], { dtype });
        columnMean(a, mean);
        allNear(mean.data, columnMeans(a.toArray()), identityBound(dtype), "column means");
      }
    }
  }
});

test("symv() multiplies by a symmetric matrix", () => {
  for (const dtype of DTYPES) {
    for (const n of [1, 2, 7, 33]) {
      const root = randomRows(60, n, n),
        a: Rows = multiply(root, transpose(root)).map((row) => row.map(Math.fround));
      const [x] = randomRows(61, 1, n);
      using out = zeros([n], { dtype });
      symv(tensor(a, { dtype }), tensor(x, { dtype }), out);
      allNear(out.data, apply(a, x), 4 * identityBound(dtype), `${dtype} ${n}`);
    }
  }
});

test("matmul() transposes on request and writes where it is told", () => {
  for (const dtype of DTYPES) {
    const [a, b] = [randomRows(70, 4, 3), randomRows(71, 4, 5)];
    using left = tensorOf(a, dtype);
    using right = tensorOf(b, dtype);
    using out = new Tensor(dtype, [3, 5]);
    equal(matmul(left, right, { transposeA: true, out }) === out, true);
    allNear(out.data, multiply(transpose(a), b).flat(), identityBound(dtype));
    using square = matmul(left, left, { transposeB: true });
    allNear(square.data, multiply(a, transpose(a)).flat(), identityBound(dtype));
  }
});

test("products refuse shapes, dtypes and places that do not fit", () => {
  using a = zeros([2, 3]);
  using b = zeros([4, 2]);
  using precise = zeros([3, 2], { dtype: "float64" });
  using out = zeros([2, 2]);
  using flat = zeros([3]);
  throws(() => matmul(a, b), TypeError, /\(2, 3\) by \(4, 2\): inner sizes/);
  throws(() => matmul(a, precise), TypeError, /dtypes float32 and float64/);
  throws(() => matmul(a, flat), TypeError, /\(3\), a matrix has two axes/);
  throws(() => matmul(a, [[1]] as never), TypeError, /must be a tensor/);
  throws(() => matmul(a, a, { transposeB: true, out: a }), TypeError, /overlap|shapes differ/);
  using square = zeros([2, 2]);
  throws(() => matmul(square, square, { out: square }), TypeError, /overlap/);
  throws(() => matmul(square, square, { out: a }), TypeError, /shapes differ/);
  throws(() => gemm(matrix(a), matrix(b).T, out), TypeError, /inner sizes/);
  throws(() => gram(homogeneous(a).T, out), TypeError, /Gram/);
  throws(() => matvec(matrix(a), out, out), TypeError, /sizes differ/);
  throws(() => columnMean(matrix(a), out), TypeError, /sizes differ/);
  throws(() => symv(a, flat, flat), TypeError, /sizes differ/);
  throws(() => matrix(flat), TypeError, /two axes/);
});

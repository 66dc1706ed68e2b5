// A product with an inner size of zero is a sum of nothing: zeros, and what beta leaves of the result.
import { matmul, Tensor, zeros } from "../../mod.ts";
import { homogeneous, matrix } from "../../linalg.ts";
import { kroneckerGram } from "../../operators.ts";
import { gemm, gram } from "../../src/ops/gemm.ts";
import { type Matrix, rowsBetween } from "../../src/ops/matrix.ts";
import { matvec } from "../../src/ops/matvec.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { DTYPES } from "../_support/twins.ts";

const [M, N] = [2, 3];
const START = 7;
const BETAS = [0, 1, 2];

/** A tensor in which every element is `value`. */
function filledWith(value: number, shape: number[], dtype: "float32" | "float64"): Tensor {
  const made = new Tensor(dtype, shape);
  made.data.fill(value);
  return made;
}

/** Runs with a result that holds what beta may read, and returns what it holds then. */
function after(
  shape: number[],
  dtype: "float32" | "float64",
  beta: number,
  write: (out: Tensor) => void,
): number[] {
  using out = filledWith(beta === 0 ? NaN : START, shape, dtype);
  write(out);
  return [...out.data];
}

test("matmul() over an inner size of zero gives zeros of the outer sizes, either way round, into out too", () => {
  for (const dtype of DTYPES) {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        using a = zeros(transposeA ? [0, M] : [M, 0], { dtype });
        using b = zeros(transposeB ? [N, 0] : [0, N], { dtype });
        using made = matmul(a, b, { transposeA, transposeB });
        equal([...made.shape, ...made.data], [M, N, ...Array(M * N).fill(0)]);
        const found = after(
          [M, N],
          dtype,
          0,
          (out) => matmul(a, b, { transposeA, transposeB, out }),
        );
        equal(found, Array(M * N).fill(0));
      }
    }
  }
});

test("matmul() with an outer size of zero gives no elements, in the right shape", () => {
  for (const [m, k, n] of [[0, 2, 3], [2, 3, 0], [0, 3, 0], [0, 0, 4], [4, 0, 0], [0, 0, 0]]) {
    using a = zeros([m, k]);
    using b = zeros([k, n]);
    using made = matmul(a, b);
    equal([...made.shape], [m, n]);
    using out = zeros([m, n]);
    equal(matmul(a, b, { out }), out);
  }
});

test("matmul() refuses inner sizes that differ, zero or not", () => {
  using none = zeros([M, 0]);
  using some = zeros([1, N]);
  throws(() => matmul(none, some), TypeError, /inner sizes must match/);
  throws(() => matmul(some, none, { transposeA: true }), TypeError, /inner sizes must match/);
});

test("gemm, gram and matvec over nothing scale the result by beta, and do not read it for 0", () => {
  for (const dtype of DTYPES) {
    using tall = zeros([M, 0], { dtype });
    using flat = zeros([0, N], { dtype });
    using flatM = zeros([0, M], { dtype });
    using empty = zeros([0], { dtype });
    for (const beta of BETAS) {
      const expected = (size: number): number[] => Array(size).fill(beta * START);
      const scales = { alpha: 2, beta };
      const products: [number[], (out: Tensor) => unknown][] = [
        [[M, N], (out) => gemm(matrix(tall), matrix(flat), out, scales)],
        [[M, N], (out) => gemm(matrix(flatM).T, matrix(flat), out, scales)],
        [[N, N], (out) => gram(matrix(flat), out, scales)],
        [[M, M], (out) => gram(matrix(tall).T, out, scales)],
        [[M], (out) => matvec(matrix(tall), empty, out, scales)],
        [[N], (out) => matvec(matrix(flat).T, empty, out, scales)],
      ];
      for (const [i, [shape, write]] of products.entries()) {
        const found = after(shape, dtype, beta, write);
        equal(found, expected(found.length), `${dtype}, beta ${beta}, product ${i}`);
      }
    }
  }
});

test("a matrix without columns has its rows, with a column of ones and in parts too", () => {
  using t = zeros([2, 3, 0]);
  const rows = ({ rows, columns }: Matrix): number[] => [rows, columns];
  equal(rows(matrix(t)), [6, 0]);
  equal(rows(matrix(t).T), [0, 6]);
  equal(matrix(t).toArray(), [[], [], [], [], [], []]);
  equal(homogeneous(t).toArray(), [[1], [1], [1], [1], [1], [1]]);
  equal(rows(rowsBetween(matrix(t), 1, 4)), [3, 0]);
  equal(homogeneous(rowsBetween(matrix(t), 1, 4).tensor.view([3, 0])).toArray(), [[1], [1], [1]]);
});

test("a Kronecker product with the Gram matrix of no rows is zero, of ones alone their number", () => {
  using g = filledWith(1, [2, 2], "float64");
  using none = zeros([0, 3], { dtype: "float64" });
  using ones = zeros([3, 0], { dtype: "float64" });
  using v = filledWith(1, [6], "float64");
  using w = filledWith(1, [2], "float64");
  using nothing = kroneckerGram(g, matrix(none));
  using count = kroneckerGram(g, homogeneous(ones));
  using zero = nothing.apply(v);
  using six = count.apply(w);
  equal([...zero.data, ...six.data], [0, 0, 0, 0, 0, 0, 6, 6]);
});

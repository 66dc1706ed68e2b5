import { choleskySolve, memoryUsage, tensor, zeros } from "../../mod.ts";
import { cholesky } from "../../linalg.ts";
import {
  DisposedError,
  NonFiniteError,
  NotPositiveDefiniteError,
} from "../../src/runtime/errors.ts";
import { allNear, equal, near, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { gamma, identityBound } from "../_support/tolerance.ts";
import { symmetricMatrices, uniform } from "../oracles/symmetric_matrices.ts";

const DTYPES = ["float32", "float64"] as const;
const ORDER = 37;

function positiveDefinite(dtype: "float32" | "float64") {
  const [, { values }] = symmetricMatrices(ORDER, dtype, 4);
  return tensor(values, { shape: [ORDER, ORDER], dtype });
}

test("cholesky() gives a factor that solves for vectors and matrices", () => {
  for (const dtype of DTYPES) {
    using a = positiveDefinite(dtype);
    using factor = cholesky(a);
    const next = uniform(1);
    for (const shape of [[ORDER], [ORDER, 1], [ORDER, 6]]) {
      const columns = shape[1] ?? 1;
      const x = Float64Array.from({ length: ORDER * columns }, () => Math.fround(next()));
      const right = x.map((_, at) => {
        const i = Math.floor(at / columns);
        let sum = 0;
        for (let k = 0; k < ORDER; k++) {
          sum += a.data[i * ORDER + k] * x[k * columns + at % columns];
        }
        return sum;
      });
      using b = tensor(right, { shape, dtype });
      using found = factor.solve(b);
      equal(found.shape, shape);
      allNear(found.data, x, gamma(4 * ORDER, dtype), `${dtype} ${shape}`);
      equal(factor.solve(b, b), b);
      equal([...b.data], [...found.data], "in place");
    }
  }
});

test("cholesky() leaves its matrix as it was and owns n² elements", () => {
  using a = positiveDefinite("float64");
  const before = a.data.slice();
  cholesky(a).dispose();
  const { liveBlocks, liveBytes } = memoryUsage();
  const factor = cholesky(a);
  equal([...a.data], [...before]);
  equal(memoryUsage().liveBlocks, liveBlocks + 1);
  factor.dispose();
  factor.dispose();
  equal(memoryUsage().liveBytes, liveBytes);
});

test("CholeskyFactor.inverse() times the matrix is the identity", () => {
  for (const dtype of DTYPES) {
    using a = positiveDefinite(dtype);
    using factor = cholesky(a);
    using inverse = factor.inverse();
    using other = zeros([ORDER, ORDER], { dtype });
    equal(factor.inverse(other), other);
    equal([...other.data], [...inverse.data]);
    for (let i = 0; i < ORDER; i++) {
      for (let j = 0; j < ORDER; j++) {
        let sum = 0;
        for (let k = 0; k < ORDER; k++) {
          sum += a.data[i * ORDER + k] * inverse.data[k * ORDER + j];
        }
        near(sum, i === j ? 1 : 0, identityBound(dtype), `(${i}, ${j})`);
      }
    }
  }
});

test("CholeskyFactor.logDeterminant() is the sum of the logarithms of the eigenvalues", () => {
  using a = positiveDefinite("float64");
  using factor = cholesky(a);
  // "condition 2": the eigenvalues fall from 1 to 1/2 in geometric progression.
  near(factor.logDeterminant(), -Math.LN2 * ORDER / 2, gamma(4 * ORDER, "float64"));
  using scaled = tensor([[2 ** -100, 0], [0, 2 ** -120]]);
  using tiny = cholesky(scaled);
  near(tiny.logDeterminant() / (-220 * Math.LN2), 1, gamma(4, "float64"));
});

test("cholesky() of an empty matrix is empty and has determinant 1", () => {
  using a = zeros([0, 0]);
  using factor = cholesky(a);
  equal(factor.logDeterminant(), 0);
  using x = factor.solve(a);
  equal(x.size, 0);
});

test("cholesky() names the pivot that is not positive and gives its memory back", () => {
  using a = tensor([[4, 2, 0], [2, 1, 0], [0, 0, 1]]);
  const { liveBytes } = memoryUsage();
  let pivot = -1;
  try {
    cholesky(a);
  } catch (error) {
    if (error instanceof NotPositiveDefiniteError) pivot = error.pivot;
  }
  equal(pivot, 1);
  throws(() => cholesky(a), NotPositiveDefiniteError, /\(3, 3\).*pivot 1/);
  equal(memoryUsage().liveBytes, liveBytes);
});

test("cholesky() refuses what is not a finite symmetric matrix", () => {
  using row = zeros([2, 3]);
  using vector = zeros([4]);
  using lopsided = tensor([[1, 0.5], [0.25, 1]]);
  using poisoned = tensor([[1, NaN], [NaN, 1]]);
  throws(() => cholesky([[1]] as never), TypeError, /must be a tensor/);
  throws(() => cholesky(row), TypeError, /\(2, 3\)/);
  throws(() => cholesky(vector), TypeError, /\(4\)/);
  throws(() => cholesky(lopsided), RangeError, /not symmetric/);
  throws(() => cholesky(poisoned), NonFiniteError, /a\[1\]/);
});

test("CholeskyFactor refuses right-hand sides and outputs that do not fit", () => {
  using a = tensor([[2, 0], [0, 2]]);
  using factor = cholesky(a);
  using long = zeros([3]);
  using double = zeros([2], { dtype: "float64" });
  using infinite = tensor([1, Infinity]);
  using fine = zeros([2]);
  throws(() => factor.solve(long), TypeError, /shape \(3\)/);
  throws(() => factor.solve(double), TypeError, /float64/);
  throws(() => factor.solve(fine, long), TypeError, /shape \(3\)/);
  throws(() => factor.solve(infinite), NonFiniteError, /b\[1\]/);
  throws(() => factor.inverse(fine), TypeError, /shape \(2\)/);
  factor.dispose();
  throws(() => factor.solve(fine), DisposedError, /disposed/);
});

test("choleskySolve() solves and keeps nothing but the solution", () => {
  using a = tensor([[4, 2], [2, 5]]);
  using b = tensor([8, 8]);
  choleskySolve(a, b).dispose();
  const { liveBlocks } = memoryUsage();
  using x = choleskySolve(a, b);
  equal(x.toArray(), [1.5, 1]);
  equal(memoryUsage().liveBlocks, liveBlocks + 1);
});

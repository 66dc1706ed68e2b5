import { eigh, memoryUsage, tensor, zeros } from "../../mod.ts";
import { NonFiniteError } from "../../src/runtime/errors.ts";
import { equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { EIGEN_RATIO, identityBound, unitRoundoff } from "../_support/tolerance.ts";
import { eigenRatio } from "../oracles/residual_ratios.ts";
import { uniform } from "../oracles/symmetric_matrices.ts";

test("eigh() gives eigenvalues in ascending order and eigenvectors as columns", () => {
  for (const dtype of ["float32", "float64"] as const) {
    const n = 21, next = uniform(3), a = zeros([n, n], { dtype });
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) a.data[i * n + j] = a.data[j * n + i] = Math.fround(next());
    }
    const before = a.data.slice();
    using found = eigh(a);
    const { values, vectors } = found;
    equal([...a.data], [...before], "the matrix");
    equal([values.shape, vectors.shape, values.dtype], [[n], [n, n], dtype]);
    const rows = a.data.map((_, at) => vectors.data[(at % n) * n + Math.floor(at / n)]);
    const ratio = eigenRatio(a.data, values.data, rows, n, unitRoundoff(dtype));
    ok(ratio <= EIGEN_RATIO, `residual ratio ${ratio}`);
    equal([...values.data], [...values.data].sort((x, y) => x - y), "order");
    a.dispose();
  }
});

test("eigh() takes the sign that makes the largest component positive", () => {
  using a = tensor([[0, -3], [-3, 0]], { dtype: "float64" });
  using found = eigh(a);
  const bound = identityBound("float64"), half = Math.SQRT1_2;
  [-3, 3].forEach((value, j) => near(found.values.data[j], value, bound));
  near(Math.abs(found.vectors.data[0]), half, bound);
  ok(Math.max(found.vectors.data[0], found.vectors.data[2]) > 0, "sign of the first");
  ok(Math.max(found.vectors.data[1], found.vectors.data[3]) > 0, "sign of the second");
});

test("eigh() decomposes an empty matrix", () => {
  using a = zeros([0, 0]);
  using found = eigh(a);
  equal(found.values.size, 0);
});

test("eigh() gives its memory back with dispose()", () => {
  using a = zeros([8, 8]);
  eigh(a).dispose();
  const { liveBytes } = memoryUsage();
  const found = eigh(a);
  found.dispose();
  found.dispose();
  equal(memoryUsage().liveBytes, liveBytes);
});

test("eigh() refuses what is not a finite symmetric matrix", () => {
  using flat = zeros([2]);
  using lopsided = tensor([[1, 2], [3, 4]]);
  using infinite = tensor([[1, 0], [0, Infinity]]);
  throws(() => eigh(undefined as never), TypeError, /must be a tensor/);
  throws(() => eigh(flat), TypeError, /\(2\)/);
  throws(() => eigh(lopsided), RangeError, /not symmetric/);
  throws(() => eigh(infinite), NonFiniteError, /a\[3\]/);
});

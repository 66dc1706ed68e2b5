import { kronecker, memoryUsage, tensor, zeros } from "../../../mod.ts";
import { NotPositiveDefiniteError } from "../../../src/runtime/errors.ts";
import { equal, near, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { identityBound } from "../../_support/tolerance.ts";
import {
  asTensor,
  combination,
  identityRows,
  inverseRows,
  kroneckerRows,
  product,
  type Rows,
} from "../../oracles/dense_algebra.ts";
import { checkTwin, DTYPES, randomPositive, randomRows, randomSymmetric } from "./_cases.ts";

const O = 3, D = 5;
const G = randomPositive(O, 1), A = randomPositive(D, 2), TWIN = kroneckerRows(G, A);
const DAMPING = 0.25;

function determinant(a: Rows): number {
  if (a.length === 1) return a[0][0];
  return a[0].reduce((sum, x, j) => {
    const minor = a.slice(1).map((row) => row.filter((_, k) => k !== j));
    return sum + (j % 2 === 0 ? 1 : -1) * x * determinant(minor);
  }, 0);
}

test("a Kronecker product multiplies as its dense twin", () => {
  for (const dtype of DTYPES) {
    using g = asTensor(G, dtype);
    using a = asTensor(A, dtype);
    using op = kronecker(g, a);
    checkTwin(op, TWIN, "Kronecker product");
    const [p, q] = [randomRows(O, O, 3), randomRows(D, D, 4)];
    using left = asTensor(p, dtype);
    using right = asTensor(q, dtype);
    using lopsided = kronecker(left, right, { isSymmetric: false });
    checkTwin(lopsided, kroneckerRows(p, q), "factors that are not symmetric");
  }
});

test("a Kronecker product has the inverse and powers of its factors", () => {
  for (const dtype of DTYPES) {
    using g = asTensor(G, dtype);
    using a = asTensor(A, dtype);
    using op = kronecker(g, a);
    using reciprocal = op.inverse();
    using negative = op.power(-1);
    using square = op.power(2);
    using zeroth = op.power(0);
    using root = op.power(0.5);
    using quarter = op.power(-0.25);
    checkTwin(reciprocal, inverseRows(TWIN), "inverse");
    checkTwin(negative, inverseRows(TWIN), "power -1");
    checkTwin(square, product(TWIN, TWIN), "square");
    checkTwin(zeroth, identityRows(O * D), "power 0");
    using twice = root.power(2);
    checkTwin(twice, TWIN, "root, squared");
    using back = quarter.power(-4);
    checkTwin(back, TWIN, "power -1/4, then -4");
  }
});

test("a damped inverse is that of the whole product, not of damped factors", () => {
  for (const dtype of DTYPES) {
    using g = asTensor(G, dtype);
    using a = asTensor(A, dtype);
    using op = kronecker(g, a);
    using damped = op.dampedInverse(DAMPING);
    checkTwin(damped, inverseRows(combination(1, TWIN, DAMPING, identityRows(O * D))), "damped");
  }
});

test("trace and determinant are those of the dense twin", () => {
  const bound = identityBound("float64");
  for (const dtype of DTYPES) {
    using g = asTensor(G, dtype);
    using a = asTensor(A, dtype);
    using op = kronecker(g, a);
    const trace = TWIN.reduce((sum, row, i) => sum + row[i], 0);
    const logarithm = D * Math.log(determinant(G)) + O * Math.log(determinant(A));
    near(op.trace(), trace, bound * trace, "trace");
    near(op.logDeterminant(), logarithm, bound * logarithm, "determinant");
  }
});

test("rounding of a semidefinite factor does not stop its root", () => {
  using g = tensor([[1, 1], [1, 1]]);
  using a = tensor([[1]]);
  using op = kronecker(g, a);
  using root = op.power(0.5);
  using square = root.power(2);
  checkTwin(square, [[1, 1], [1, 1]], "root of rank one, squared");
});

test("Kronecker products allocate nothing when they multiply, and give everything back", () => {
  using g = asTensor(G, "float32");
  using a = asTensor(A, "float32");
  using v = zeros([O * D]);
  using out = zeros([O, D]);
  {
    using warm = kronecker(g, a);
    warm.apply(v, out);
    warm.dampedInverse(1).dispose();
    warm.inverse().dispose();
  }
  const { liveBytes } = memoryUsage();
  {
    using op = kronecker(g, a);
    using inverse = op.inverse();
    using damped = op.dampedInverse(DAMPING);
    const planned = memoryUsage().liveBytes;
    op.apply(v, out);
    inverse.apply(v, out);
    damped.apply(v, out);
    equal(memoryUsage().liveBytes, planned);
  }
  equal(memoryUsage().liveBytes, liveBytes);
});

test("kronecker() refuses what has no such product, inverse or power", () => {
  using g = asTensor(randomSymmetric(O, 8), "float32");
  using indefinite = tensor([[1, 2], [2, 1]]);
  using precise = zeros([2, 2], { dtype: "float64" });
  using flat = zeros([4]);
  using lopsided = tensor([[1, 2], [3, 4]]);
  throws(() => kronecker(g, flat), TypeError, /\(4\)/);
  throws(() => kronecker(g, precise), TypeError, /dtypes differ/);
  using op = kronecker(indefinite, indefinite);
  const { liveBytes } = memoryUsage();
  throws(() => op.inverse(), NotPositiveDefiniteError, /pivot 1/);
  throws(() => op.logDeterminant(), NotPositiveDefiniteError, /pivot 1/);
  throws(() => op.power(0.5), RangeError, /no power/);
  throws(() => op.dampedInverse(1), RangeError, /eigenvalue/);
  equal(memoryUsage().liveBytes, liveBytes);
  using skew = kronecker(lopsided, lopsided);
  throws(() => skew.power(2), RangeError, /not symmetric/);
});

import { cg, diagonal, lsmr, memoryUsage, minres, tensor, zeros } from "../../../mod.ts";
import { cgInPlace, CgWorkspace, direct } from "../../../solvers.ts";
import { denseOperator, inverse } from "../../../operators.ts";
import { equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { asTensor, inverseRows, rowsOf } from "../../oracles/dense_algebra.ts";
import { checkTwin, DTYPES, randomPositive } from "./_cases.ts";

const N = 8;
const EXACT = { float32: { tolerance: 1e-7 }, float64: { tolerance: 1e-14 } } as const;

test("inverse() through any solver multiplies as the inverse matrix", () => {
  const a = randomPositive(N, 1), twin = inverseRows(a);
  using stored = asTensor(a, "float64");
  const op = denseOperator(stored, { isPositiveSemidefinite: true }), options = EXACT.float64;
  checkTwin(inverse(op, (a, b) => cg(a, b, options)), twin, "cg");
  checkTwin(inverse(op, (a, b) => minres(a, b, options)), twin, "minres");
  checkTwin(inverse(op, (a, b) => lsmr(a, b, options)), twin, "lsmr");
  checkTwin(inverse(op, direct), twin, "direct");
  ok(inverse(op, cg).isPositiveSemidefinite, "declared as its operand");
});

test("inverse() in a workspace allocates nothing", () => {
  using stored = asTensor(randomPositive(N, 2), "float32");
  using v = tensor(new Float32Array(N).fill(1));
  using out = zeros([N]);
  const op = denseOperator(stored, { isPositiveSemidefinite: true });
  using workspace = new CgWorkspace(op);
  const { liveBytes, peakBytes } = memoryUsage();
  inverse(op, (a, b) => cgInPlace(workspace, a, b)).apply(v, out);
  equal([memoryUsage().liveBytes, memoryUsage().peakBytes], [liveBytes, peakBytes]);
});

test("inverse() throws where the solver does not converge, and leaves no memory behind", () => {
  using d = tensor([1, -1]);
  using v = tensor([1, 1]);
  using out = zeros([2]);
  const { liveBytes } = memoryUsage();
  throws(() => inverse(diagonal(d), cg).apply(v, out), RangeError, /negative-curvature/);
  equal(memoryUsage().liveBytes, liveBytes);
  throws(() => inverse(diagonal(d), undefined as never), TypeError, /function/);
});

test("a diagonal has an inverse and powers", () => {
  for (const dtype of DTYPES) {
    using d = tensor([4, 9, 16], { dtype });
    const diag = (f: (x: number) => number) =>
      rowsOf(3, 3, (i, j) => i === j ? f([4, 9, 16][i]) : 0);
    using reciprocal = diagonal(d).inverse();
    using root = diagonal(d).power(0.5);
    using preconditioner = diagonal(d).power(-0.75);
    using square = diagonal(d).power(2);
    using one = diagonal(d).power(0);
    checkTwin(reciprocal, diag((x) => 1 / x), "inverse");
    checkTwin(root, diag(Math.sqrt), "root");
    checkTwin(preconditioner, diag((x) => x ** -0.75), "power -3/4");
    checkTwin(square, diag((x) => x * x), "square");
    checkTwin(one, diag(() => 1), "power 0");
  }
  using zero = tensor([1, 0]);
  using negative = tensor([1, -1]);
  throws(() => diagonal(zero).inverse(), RangeError, /0 has no power/);
  throws(() => diagonal(negative).power(0.5), RangeError, /-1 has no power/);
});

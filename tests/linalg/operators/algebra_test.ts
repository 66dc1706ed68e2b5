import { add, blockDiagonal, diagonal, memoryUsage, tensor, zeros } from "../../../mod.ts";
import {
  compose,
  denseOperator,
  identityOperator,
  linearOperator,
  submatrix,
} from "../../../operators.ts";
import { axpby } from "../../../src/ops/vector.ts";
import { equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import {
  asTensor,
  combination,
  identityRows,
  product,
  rowsOf,
  transposed,
} from "../../oracles/dense_algebra.ts";
import { checkTwin, DTYPES, randomRows, randomSymmetric } from "./_cases.ts";

const N = 9;

test("operators of one matrix multiply as it does", () => {
  const a = randomRows(N, N, 1);
  for (const dtype of DTYPES) {
    using stored = asTensor(a, dtype);
    using d = tensor([...a[0]], { dtype });
    const op = denseOperator(stored), eye = identityRows(N);
    checkTwin(op, a, "dense");
    checkTwin(op.add(3), combination(1, a, 3, eye), "add");
    checkTwin(op.scale(-2), combination(-2, a, 0, eye), "scale");
    checkTwin(op.add(3).scale(2).add(1), combination(2, a, 7, eye), "add, scale, add");
    checkTwin(identityOperator(N, { dtype }), eye, "identity");
    checkTwin(diagonal(d), rowsOf(N, N, (i, j) => i === j ? a[0][i] : 0), "diagonal");
    using part = submatrix(op, [7, 2, 3]);
    checkTwin(part, rowsOf(3, 3, (i, j) => a[[7, 2, 3][i]][[7, 2, 3][j]]), "submatrix");
  }
});

test("operators of two operators multiply as sum, product and blocks", () => {
  const a = randomRows(N, N, 2), b = randomRows(N, N, 3), c = randomRows(4, 4, 4);
  for (const dtype of DTYPES) {
    using ta = asTensor(a, dtype);
    using tb = asTensor(b, dtype);
    using tc = asTensor(c, dtype);
    const [opA, opB, opC] = [ta, tb, tc].map((t) => denseOperator(t));
    using sum = add(opA, opB);
    using composite = compose(opA, opB);
    checkTwin(sum, combination(1, a, 1, b), "sum");
    checkTwin(composite, product(a, b), "composition");
    const blocks = rowsOf(
      N + 4,
      N + 4,
      (i, j) => i < N && j < N ? a[i][j] : c[i - N]?.[j - N] ?? 0,
    );
    checkTwin(blockDiagonal([opA, opC]), blocks, "block diagonal");
  }
});

test("linearOperator() multiplies by a function, and by another for the transpose", () => {
  const a = randomRows(N, N, 5);
  for (const dtype of DTYPES) {
    using forward = asTensor(a, dtype);
    using backward = asTensor(transposed(a), dtype);
    const [f, g] = [denseOperator(forward), denseOperator(backward)];
    const definition = { size: N, dtype, apply: f.apply.bind(f) };
    checkTwin(linearOperator({ ...definition, applyTranspose: g.apply.bind(g) }), a, "function");
    using v = zeros([N], { dtype });
    throws(() => linearOperator(definition).applyTranspose(v), TypeError, /without one/);
  }
});

test("operators declare symmetry and semidefiniteness as their parts do", () => {
  using a = asTensor(randomSymmetric(N, 6), "float64");
  const plain = denseOperator(a), symmetric = denseOperator(a, { isSymmetric: true });
  const positive = denseOperator(a, { isPositiveSemidefinite: true });
  const declared = (op: { isSymmetric: boolean; isPositiveSemidefinite: boolean }): boolean[] => [
    op.isSymmetric,
    op.isPositiveSemidefinite,
  ];
  equal(declared(plain), [false, false]);
  equal(declared(positive), [true, true]);
  equal(declared(positive.scale(2).add(1)), [true, true]);
  equal(declared(positive.add(-1)), [true, false]);
  equal(declared(positive.scale(-1)), [true, false]);
  equal(declared(add(positive, symmetric)), [true, false]);
  equal(declared(compose(symmetric, symmetric)), [false, false]);
  equal(declared(submatrix(positive, [0])), [true, true]);
  equal(declared(blockDiagonal([positive, plain])), [false, false]);
});

test("products into a vector allocate nothing, and operators give back what they planned", () => {
  using a = asTensor(randomRows(N, N, 7), "float64");
  using v = zeros([N], { dtype: "float64" });
  using out = zeros([N], { dtype: "float64" });
  const { liveBytes } = memoryUsage();
  {
    using sum = add(denseOperator(a), identityOperator(N, { dtype: "float64" }));
    using composite = compose(sum, sum.add(1));
    using part = submatrix(composite, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const planned = memoryUsage();
    part.apply(v, out);
    const used = memoryUsage();
    equal([used.liveBytes, used.peakBytes], [planned.liveBytes, planned.peakBytes]);
    ok(planned.liveBytes > liveBytes, "planned vectors");
  }
  equal(memoryUsage().liveBytes, liveBytes);
});

test("an operator looks at its matrix and does not copy it", () => {
  using a = tensor([[1, 0], [0, 1]]);
  using v = tensor([1, 1]);
  const op = denseOperator(a);
  a.data[1] = 5;
  using product = op.apply(v);
  equal(product.toArray(), [6, 1]);
});

test("operators refuse vectors and partners that do not fit", () => {
  using a = tensor([[1, 2], [3, 4]]);
  using precise = tensor([[1, 2], [3, 4]], { dtype: "float64" });
  using lopsided = zeros([2, 3]);
  using short = zeros([1]);
  using v = zeros([2]);
  using wide = zeros([2], { dtype: "float64" });
  const op = denseOperator(a), other = denseOperator(precise);
  throws(() => op.apply(short), TypeError, /\(1\), not 2 elements/);
  throws(() => op.apply(wide), TypeError, /float64, not float32/);
  throws(() => op.apply(v, v), TypeError, /overlap/);
  throws(() => op.apply(undefined as never), TypeError, /must be a tensor/);
  throws(() => op.toDense(short), TypeError, /order 2/);
  throws(() => denseOperator(lopsided), TypeError, /\(2, 3\)/);
  throws(() => add(op, other), TypeError, /dtypes differ/);
  throws(() => compose(op, identityOperator(3)), TypeError, /orders 2 and 3/);
  throws(() => blockDiagonal([]), TypeError, /at least one/);
  throws(() => blockDiagonal([op, other]), TypeError, /dtypes differ/);
  throws(() => submatrix(op, [2]), RangeError, /not one of its rows/);
  throws(() => submatrix(op, [0, 0]), RangeError, /twice/);
  throws(() => diagonal(3 as never), TypeError, /must be a tensor/);
  throws(() => identityOperator(-1), RangeError, /not negative/);
  throws(() => linearOperator({ size: 1, dtype: "float32" } as never), TypeError, /function/);
});

test("scale() and add() do not touch their operand", () => {
  using a = tensor([[2]]);
  using v = tensor([1]);
  using out = zeros([1]);
  const op = denseOperator(a);
  op.scale(5).add(3);
  equal([...op.apply(v, out).data], [2]);
  axpby(0, v, 0, out);
  equal([...op.scale(0).apply(v, out).data], [0]);
});

import { tensor, zeros } from "../../mod.ts";
import * as ops from "../../src/ops/vector.ts";
import { allNear, equal, near, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES, randomRows } from "../_support/twins.ts";
import { dot } from "../oracles/matrices.ts";

test("vector operations compute what their names say, at every length of tail", () => {
  for (const dtype of DTYPES) {
    for (const n of [0, 1, 2, 3, 4, 5, 8, 17, 100]) {
      const [a, b] = randomRows(n + 1, 2, n);
      using x = tensor(a, { dtype });
      using y = tensor(b, { dtype });
      const bound = identityBound(dtype), scale = bound * (n + 1);
      near(ops.dot(x, y), dot(a, b), scale, "dot");
      near(ops.norm(x), Math.sqrt(dot(a, a)), scale, "norm");
      near(ops.sum(x), a.reduce((p, q) => p + q, 0), scale, "sum");
      equal(ops.maxAbs(x), a.reduce((p, q) => Math.max(p, Math.abs(q)), 0), "maxAbs");
      ops.axpy(0.5, x, y);
      allNear(y.data, b.map((v, i) => v + 0.5 * a[i]), bound, "axpy");
      ops.axpby(2, x, -0.25, y);
      allNear(y.data, b.map((v, i) => 2 * a[i] - 0.25 * (v + 0.5 * a[i])), bound, "axpby");
      ops.fill(y, NaN);
      ops.axpby(3, x, 0, y);
      allNear(y.data, a.map((v) => 3 * v), bound, "axpby without reading y");
      ops.scale(-2, y);
      allNear(y.data, a.map((v) => -6 * v), bound, "scale");
      ops.copy(x, y);
      equal([...y.data], [...x.data], "copy");
    }
  }
});

test("norm() of float32 neither overflows nor underflows", () => {
  using large = tensor([3e38, 3e38]);
  near(ops.norm(large) / (Math.fround(3e38) * Math.SQRT2), 1, identityBound("float64"));
  using small = tensor([1e-40, 1e-40]);
  near(ops.norm(small) / (Math.fround(1e-40) * Math.SQRT2), 1, identityBound("float64"));
});

test("firstNonFinite() finds the first NaN or infinity wherever it is", () => {
  for (const dtype of DTYPES) {
    for (const n of [1, 3, 4, 9, 64, 131]) {
      using x = zeros([n], { dtype });
      equal(ops.firstNonFinite(x), -1);
      for (let i = n - 1; i >= 0; i--) {
        x.data[i] = [NaN, Infinity, -Infinity][i % 3];
        equal(ops.firstNonFinite(x), i, `length ${n}`);
      }
    }
  }
});

test("vector operations refuse pairs that differ in size or dtype", () => {
  using two = zeros([2]);
  using three = zeros([3]);
  using precise = zeros([2], { dtype: "float64" });
  for (
    const pair of [
      (y: typeof two) => ops.dot(two, y),
      (y: typeof two) => ops.axpy(1, two, y),
      (y: typeof two) => ops.axpby(1, two, 1, y),
      (y: typeof two) => ops.copy(two, y),
    ]
  ) {
    throws(() => pair(three), TypeError, /\(2\) and \(3\): the sizes differ/);
    throws(() => pair(precise), TypeError, /float32 and float64: the dtypes differ/);
  }
});

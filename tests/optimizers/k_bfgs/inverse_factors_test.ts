import { tensor, zeros } from "../../../mod.ts";
import { CompactInverse } from "../../../src/optimizers/k_bfgs/compact_inverse.ts";
import { matrix } from "../../../src/ops/matrix.ts";
import { allNear, equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { identityBound, SECANT_BOUND, SYMMETRY_DRIFT } from "../../_support/tolerance.ts";
import { DTYPES, randomRows } from "../../_support/twins.ts";
import {
  inverseBfgs,
  inverseFromPairs,
  type Pair,
  randomSpd,
  twoLoop,
} from "../../oracles/bfgs.ts";
import { apply, build, choleskyFactor, dot, identity, inverse } from "../../oracles/matrices.ts";
import { uniform } from "../../oracles/symmetric_matrices.ts";
import { compactInverse, denseInverse, product, vector } from "./_factors.ts";

const N = 7;

/** Pairs of a positive definite matrix: y = G s exactly, up to noise that keeps sᵀy positive. */
function pairs(count: number, seed: number): Pair[] {
  const g = randomSpd(N, uniform(seed), 0.5);
  return randomRows(seed + 1, count, N).map((s, i) => {
    const noise = randomRows(seed + 2 + i, 1, N)[0];
    return [s, apply(g, s).map((y, k) => Math.fround(y + 0.01 * noise[k]))] as const;
  });
}

test("updates of the dense inverse satisfy the secant equation and stay symmetric and definite", () => {
  for (const dtype of DTYPES) {
    const factor = denseInverse(identity(N), dtype);
    let expected = identity(N);
    for (const [s, y] of pairs(40, 1)) {
      equal(factor.update(vector(s, dtype), vector(y, dtype)), true);
      allNear(product(factor, y, dtype), s, SECANT_BOUND[dtype], `${dtype}: H y = s`);
      const h = factor.matrix.data;
      for (let i = 0; i < N; i++) {
        for (let j = 0; j < i; j++) equal(h[i * N + j], h[j * N + i], "symmetry");
      }
      expected = inverseBfgs(expected, [s, y]);
      allNear(h, expected.flat(), SECANT_BOUND[dtype], "the rank-two form");
    }
    const rows = build(N, N, (i, j) => factor.matrix.data[i * N + j]);
    ok(choleskyFactor(rows), `${dtype}: not positive definite`);
  }
});

test("3000 updates in float32 leave the dense inverse exactly symmetric and near its float64 twin", () => {
  const [single, double] = [denseInverse(identity(N), "float32"), denseInverse(identity(N))];
  for (const [s, y] of pairs(3000, 7)) {
    single.update(vector(s, "float32"), vector(y, "float32"));
    double.update(vector(s), vector(y));
  }
  const h = single.matrix.data;
  for (let i = 0; i < N; i++) for (let j = 0; j < i; j++) equal(h[i * N + j], h[j * N + i]);
  allNear(h, double.matrix.data, SYMMETRY_DRIFT, "drift");
});

test("the compact inverse is the two-loop recursion and dense BFGS over its last pairs", () => {
  for (const dtype of DTYPES) {
    for (const memory of [1, 3, 5]) {
      const factor = compactInverse(N, memory, dtype);
      const all = pairs(memory + 3, 11);
      allNear(product(factor, all[0][1], dtype), all[0][1], 0, "no pairs: H = I");
      for (const [count, [s, y]] of all.entries()) {
        equal(factor.update(vector(s, dtype), vector(y, dtype)), true);
        const kept = all.slice(Math.max(0, count + 1 - memory), count + 1);
        equal(factor.count, kept.length);
        const [v] = randomRows(50 + count, 1, N);
        const found = product(factor, v, dtype);
        allNear(found, twoLoop(kept, v), SECANT_BOUND[dtype], "two loops");
        allNear(found, apply(inverseFromPairs(N, kept), v), SECANT_BOUND[dtype], "dense");
        allNear(product(factor, y, dtype), s, SECANT_BOUND[dtype], "H y = s");
      }
    }
  }
});

test("R^-1 of the compact inverse grows and shrinks to the inverse of triu(SᵀY)", () => {
  const memory = 4;
  const storage = {
    pairs: zeros([2 * memory, N], { dtype: "float64" }),
    inverseR: zeros([memory, memory], { dtype: "float64" }),
    gramY: zeros([memory, memory], { dtype: "float64" }),
    products: zeros([memory], { dtype: "float64" }),
    kernel: zeros([2 * memory, 2 * memory], { dtype: "float64" }),
    workspace: zeros([4 * memory * N], { dtype: "float64" }),
  };
  const factor = new CompactInverse(storage);
  const all = pairs(memory + 3, 21);
  for (const [count, [s, y]] of all.entries()) {
    factor.update(vector(s), vector(y));
    const kept = all.slice(Math.max(0, count + 1 - memory), count + 1);
    const r = build(kept.length, kept.length, (i, j) => i <= j ? dot(kept[i][0], kept[j][1]) : 0);
    const expected = inverse(r);
    for (const [i, row] of expected.entries()) {
      allNear(
        storage.inverseR.data.slice(i * memory, i * memory + row.length),
        row,
        identityBound("float64"),
      );
    }
  }
});

test("both inverses multiply matrices as they multiply vectors", () => {
  for (const dtype of DTYPES) {
    const [dense, compact] = [denseInverse(identity(N), dtype), compactInverse(N, 4, dtype)];
    for (const [s, y] of pairs(3, 31)) {
      dense.update(vector(s, dtype), vector(y, dtype));
      compact.update(vector(s, dtype), vector(y, dtype));
    }
    const columns = 5, v = randomRows(41, N, columns);
    for (const factor of [dense, compact]) {
      using out = zeros([N, columns], { dtype });
      factor.multiplyMatrix(matrix(tensor(v, { dtype })), out);
      for (let j = 0; j < columns; j++) {
        const expected = product(factor, v.map((row) => row[j]), dtype);
        const column = Array.from({ length: N }, (_, i) => out.data[i * columns + j]);
        allNear(column, expected, identityBound(dtype), `column ${j}`);
      }
    }
  }
});

test("pairs without positive curvature, or that are not finite, change nothing", () => {
  const zero = new Array(N).fill(0), one = new Array(N).fill(1);
  const bad: Pair[] = [
    [zero, zero],
    [zero, one],
    [one, zero],
    [one, one.map((x) => -x)],
    [one, one.map((x, i) => i === 3 ? NaN : x)],
    [one.map((x, i) => i === 0 ? Infinity : x), one],
    [one.map(() => 1e30), one.map(() => 1e-44)],
    [one.map(() => 1e-30), one.map(() => 1e-30)],
  ];
  for (const [k, [s, y]] of bad.entries()) {
    const dense = denseInverse(identity(N), "float32"), compact = compactInverse(N, 3, "float32");
    const [good, image] = pairs(1, 61)[0];
    dense.update(vector(good, "float32"), vector(image, "float32"));
    compact.update(vector(good, "float32"), vector(image, "float32"));
    const before = [...dense.matrix.data];
    const change = dense.update(vector(s, "float32"), vector(y, "float32"));
    if (!change) equal([...dense.matrix.data], before, `pair ${k}`);
    ok(dense.matrix.data.every(Number.isFinite), `pair ${k}: dense`);
    if (k < 6) equal(change, false, `pair ${k}`);
    if (k >= 6) continue;
    equal(compact.update(vector(s, "float32"), vector(y, "float32")), false, `pair ${k}: compact`);
    equal(compact.count, 1);
    ok(product(compact, one, "float32").every(Number.isFinite), `pair ${k}: compact`);
  }
});

test("an update by a pair and by a power of two of it are the same bits", () => {
  for (const dtype of DTYPES) {
    const [plain, scaled] = [denseInverse(identity(N), dtype), denseInverse(identity(N), dtype)];
    for (const [s, y] of pairs(20, 71)) {
      plain.update(vector(s, dtype), vector(y, dtype));
      scaled.update(vector(s.map((x) => x / 1024), dtype), vector(y.map((x) => x / 1024), dtype));
    }
    equal([...scaled.matrix.data], [...plain.matrix.data], dtype);
  }
});

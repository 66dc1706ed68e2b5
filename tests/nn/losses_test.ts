import { randomKey, Tensor, tensor, zeros } from "../../mod.ts";
import { allNear, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { FISHER_DRAWS, FISHER_SAMPLING_BOUND, identityBound } from "../_support/tolerance.ts";
import { DTYPES, LOSS_CASES, randomRows, tensorOf } from "../_support/twins.ts";
import { build, identity, multiply, transpose } from "../oracles/matrices.ts";

const SAMPLES = 5;
const OUTPUTS = 4;

for (const [name, { loss, oracle, targets }] of Object.entries(LOSS_CASES)) {
  test(`${name}: value, gradient and Hessian product of every sample`, () => {
    for (const dtype of DTYPES) {
      const z = randomRows(1, SAMPLES, OUTPUTS), u = randomRows(2, SAMPLES, OUTPUTS);
      const { given, dense } = targets(3, SAMPLES, OUTPUTS);
      using output = tensorOf(z, dtype);
      using target = tensor(given, { dtype });
      using direction = tensorOf(u, dtype);
      using gradient = zeros([SAMPLES, OUTPUTS], { dtype });
      using product = zeros([SAMPLES, OUTPUTS], { dtype });
      const bound = identityBound(dtype);
      const expected = z.reduce((sum, row, n) => sum + oracle.value(row, dense[n]), 0);
      near(loss.evaluate(output, target, gradient), expected, bound * SAMPLES, "sum of values");
      near(loss.evaluate(output, target), expected, bound * SAMPLES, "value alone");
      const rows = z.map((row, n) => oracle.gradient(row, dense[n]));
      allNear(gradient.data, rows.flat(), bound, "gradient");
      loss.hessianProduct(output, target, direction, product);
      const products = z.map((row, n) => oracle.hessianProduct(row, dense[n], u[n]));
      allNear(product.data, products.flat(), bound, "Hessian product");
    }
  });

  test(`${name}: a root of the Hessian exists exactly when the loss is convex`, () => {
    for (const dtype of DTYPES) {
      const { hessianRoot } = loss;
      ok((hessianRoot !== undefined) === loss.isConvex, "hessianRoot");
      if (!hessianRoot) return;
      const z = randomRows(1, SAMPLES, OUTPUTS), { given, dense } = targets(3, SAMPLES, OUTPUTS);
      using output = tensorOf(z, dtype);
      using target = tensor(given, { dtype });
      using column = new Tensor(dtype, [SAMPLES, OUTPUTS]);
      using work = new Tensor(dtype, [SAMPLES, OUTPUTS]);
      const root = hessianRoot(output, target, work);
      const columns = Array.from({ length: OUTPUTS }, (_, c) => {
        root(c, column);
        return [...column.data];
      });
      for (const [n, row] of z.entries()) {
        const own = build(OUTPUTS, OUTPUTS, (i, c) => columns[c][n * OUTPUTS + i]);
        const hessian = identity(OUTPUTS).map((unit) => oracle.hessianProduct(row, dense[n], unit));
        const bound = identityBound(dtype);
        allNear(multiply(own, transpose(own)).flat(), hessian.flat(), bound, `sample ${n}`);
      }
    }
  });
}

test("columns of a root that are not there, or lie over what they are made from, are refused", () => {
  for (const name of ["squaredError", "softmaxIndices"]) {
    const { loss, targets } = LOSS_CASES[name];
    using output = tensorOf(randomRows(1, SAMPLES, OUTPUTS), "float32");
    using target = tensor(targets(3, SAMPLES, OUTPUTS).given, { dtype: "float32" });
    using work = new Tensor("float32", output.shape);
    using column = new Tensor("float32", output.shape);
    const root = loss.hessianRoot!(output, target, work);
    for (const c of [-1, OUTPUTS, 0.5]) throws(() => root(c, column), RangeError, /the column/);
    for (const out of [work, output]) throws(() => root(0, out), TypeError, /overlaps/);
  }
});

for (const name of ["squaredError", "sigmoidCrossEntropy", "softmaxIndices"]) {
  test(`${name}: gradients at sampled targets have the Hessian as second moment`, () => {
    const { loss, oracle } = LOSS_CASES[name];
    const [z] = randomRows(7, 1, OUTPUTS);
    for (const dtype of DTYPES) {
      using output = zeros([FISHER_DRAWS, OUTPUTS], { dtype });
      const { data } = output;
      for (let i = 0; i < data.length; i++) data[i] = z[i % OUTPUTS];
      ok(loss.sample, "a predictive distribution");
      using target = loss.sample(output, randomKey(5));
      using gradient = zeros([FISHER_DRAWS, OUTPUTS], { dtype });
      loss.evaluate(output, target, gradient);
      const mean = build(OUTPUTS, OUTPUTS, (i, j) => {
        let sum = 0;
        const { data } = gradient;
        for (let n = 0; n < data.length; n += OUTPUTS) sum += data[n + i] * data[n + j];
        return sum / FISHER_DRAWS;
      });
      const hessian = identity(OUTPUTS).map((unit) => oracle.hessianProduct(z, z, unit));
      const scale = name === "softmaxIndices" ? 1 / z.reduce((a, b) => a + b) : 1;
      const wanted = hessian.map((row) => row.map((x) => x * scale));
      for (const [i, row] of mean.entries()) {
        for (const [j, value] of row.entries()) {
          near(value, wanted[i][j], FISHER_SAMPLING_BOUND, `${dtype} [${i}, ${j}]`);
        }
      }
      using again = loss.sample(output, randomKey(5));
      const drawn = target.data.slice();
      ok(again.data.every((x, i) => x === drawn[i]), "the same key draws something else");
      using other = loss.sample(output, randomKey(6));
      ok(other.data.some((x, i) => x !== drawn[i]), "another key draws the same");
    }
  });
}

test("losses refuse targets without a meaning, and name the element", () => {
  const cases: [string, number[] | number[][], RegExp][] = [
    ["softmaxIndices", [0, 4], /class of sample 1 is 4/],
    ["softmaxIndices", [-1, 0], /class of sample 0 is -1/],
    ["softmaxIndices", [0, 0.5], /class of sample 1 is 0.5/],
    ["zeroOneIndices", [0, 4], /class of sample 1 is 4/],
    ["softmaxWeights", [[1, 0, 0, 0], [0, -0.5, 0, 0]], /target element 5 is -0.5/],
    ["sigmoidCrossEntropy", [[0, 1, 0, 1], [0, 0, 1.5, 0]], /target element 6 is 1.5/],
    ["sigmoidCrossEntropy", [[-0.25, 1, 0, 1], [0, 0, 0, 0]], /target element 0 is -0.25/],
    ["poisson", [[0, 1, 2, -3], [0, 0, 0, 0]], /target element 3 is -3/],
  ];
  for (const [name, given, pattern] of cases) {
    using target = tensor(given);
    throws(() => LOSS_CASES[name].loss.checkTarget([2, 4], target), RangeError, pattern);
  }
  for (const { loss } of Object.values(LOSS_CASES)) {
    for (const shape of [[3, 4], [2, 5], [2, 4, 1], [3], []]) {
      using target = zeros(shape);
      throws(() => loss.checkTarget([2, 4], target), TypeError, /shape|indices/);
    }
    using poisoned = zeros([2, 4]);
    poisoned.data[7] = NaN;
    throws(() => loss.checkTarget([2, 4], poisoned), RangeError, /target element 7/);
  }
});

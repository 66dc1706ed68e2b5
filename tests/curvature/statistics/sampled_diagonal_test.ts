import {
  conv2d,
  dense,
  expectedZeroOne,
  flatten,
  gaussNewton,
  type Layer,
  type Loss,
  lstm,
  randomKey,
  sequential,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  Tensor,
} from "../../../mod.ts";
import {
  diagonalBySigns,
  fillSampleSigns,
  sampledDiagonal,
} from "../../../src/curvature/statistics/sampled_diagonal.ts";
import { allNear, equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { identityBound } from "../../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../../_support/twins.ts";
import { twinProblem } from "../../optimizers/_problem.ts";
import { jacobian, outputOf, unflatten } from "../../oracles/mlp.ts";

const OUTPUTS = 3;

const NETS: Readonly<Record<string, { input: number[]; layers: () => Layer[] }>> = {
  "dense layers": { input: [4], layers: () => [dense(5), tanh(), dense(OUTPUTS)] },
  "a convolution": {
    input: [4, 4, 1],
    layers: () => [conv2d(2, { kernel: 2 }), flatten(), dense(OUTPUTS)],
  },
  "an LSTM": { input: [3, 2], layers: () => [lstm(2), flatten(), dense(OUTPUTS)] },
  "tied layers": {
    input: [3],
    layers: () => [dense(2), tanh(), dense(OUTPUTS, { tiedTo: "dense_1", transpose: true })],
  },
};

const LOSSES: Readonly<Record<string, () => Loss>> = {
  "squared error": squaredError,
  "softmax cross-entropy": softmaxCrossEntropy,
  "sigmoid cross-entropy": sigmoidCrossEntropy,
};

/** Targets that any of the losses takes. */
function targetsOf(name: string, batchSize: number, dtype: "float32" | "float64"): Tensor {
  if (name !== "softmax cross-entropy") {
    const target = tensorOf(randomRows(2, batchSize, OUTPUTS), dtype);
    target.data.forEach((value, i) => target.data[i] = Number(value > 0));
    return target;
  }
  const target = new Tensor(dtype, [batchSize]);
  target.data.forEach((_, n) => target.data[n] = n % OUTPUTS);
  return target;
}

for (const [name, { input: shape, layers }] of Object.entries(NETS)) {
  test(`over all signs the sampled diagonal of ${name} is that of the Gauss-Newton matrix`, () => {
    for (const dtype of DTYPES) {
      for (const [lossName, loss] of Object.entries(LOSSES)) {
        const batchSize = 5;
        using model = sequential({ input: shape, seed: 3, dtype }, layers());
        using flat = tensorOf(randomRows(1, batchSize, shape.reduce((a, b) => a * b)), dtype);
        using target = targetsOf(lossName, batchSize, dtype);
        const input = flat.view([batchSize, ...shape]);
        using lin = model.linearize(loss(), { input, target });
        using signs = new Tensor(dtype, [batchSize, OUTPUTS]);
        using one = new Tensor(dtype, [model.parameterCount]);
        const mean = new Float64Array(one.size), patterns = 2 ** OUTPUTS;
        for (let pattern = 0; pattern < patterns; pattern++) {
          signs.data.forEach((_, i) => signs.data[i] = pattern >> (i % OUTPUTS) & 1 ? 1 : -1);
          diagonalBySigns(lin, signs, one);
          one.data.forEach((value, p) => mean[p] += value / patterns);
        }
        using operator = gaussNewton(lin);
        using matrix = operator.toDense();
        const diagonal = Array.from(mean, (_, p) => matrix.data[p * (mean.length + 1)]);
        allNear(mean, diagonal, 4 * identityBound(dtype), `${dtype}, ${lossName}`);
        ok(diagonal.some((value) => value > 0), "a diagonal that is not zero");
      }
    }
  });
}

test("one key gives the squares of the pulls of its signs, by explicit roots and Jacobians", () => {
  for (const dtype of DTYPES) {
    using problem = twinProblem({ dtype });
    const { model, net, loss, batches: [{ batch, x }] } = problem;
    using lin = model.linearize(loss, batch);
    using found = new Tensor(dtype, [model.parameterCount]);
    const key = randomKey(9, 2, 40);
    sampledDiagonal(lin, key, found);
    const weights = unflatten(net, Array.from(model.parameters.data));
    using signs = new Tensor("float64", lin.output.shape);
    fillSampleSigns(signs, key);
    const expected = new Float64Array(found.size);
    for (const [n, row] of x.entries()) {
      const z = outputOf(net, weights, row), j = jacobian(net, weights, row);
      const exponentials = z.map((value) => Math.exp(value - Math.max(...z)));
      const total = exponentials.reduce((sum, value) => sum + value, 0);
      const p = exponentials.map((value) => value / total);
      const own = z.map((_, k) => signs.data[n * z.length + k]);
      // S = diag(√p) - p √pᵀ
      const shared = p.reduce((sum, value, k) => sum + Math.sqrt(value) * own[k], 0);
      const u = p.map((value, k) => Math.sqrt(value) * own[k] - value * shared);
      expected.forEach((_, i) => {
        expected[i] += u.reduce((sum, one, k) => sum + one * j[k][i], 0) ** 2 / x.length;
      });
    }
    allNear(found.data, expected, 4 * identityBound(dtype), dtype);
    using again = new Tensor(dtype, [model.parameterCount]);
    equal([...sampledDiagonal(lin, key, again).data], [...found.data]);
    sampledDiagonal(lin, randomKey(9, 2, 41), again);
    ok(again.data.some((value, i) => value !== found.data[i]), "another key, another estimate");
  }
});

test("signs are ±1, and those of a sample are the same however many outputs come behind", () => {
  const key = randomKey(4, 7, 8388608);
  using short = new Tensor("float32", [5, 3]);
  using long = new Tensor("float32", [5, 200]);
  fillSampleSigns(short, key);
  fillSampleSigns(long, key);
  ok([...long.data].every((sign) => Math.abs(sign) === 1), "signs");
  for (let n = 0; n < 5; n++) {
    equal([...long.data.slice(200 * n, 200 * n + 3)], [...short.data.slice(3 * n, 3 * n + 3)]);
  }
  const rows = Array.from({ length: 5 }, (_, n) => long.data.slice(200 * n, 200 * n + 200).join());
  equal(new Set(rows).size, 5, "samples have signs of their own");
});

test("a loss whose Hessian has no root is refused by its name", () => {
  using model = sequential({ input: [2] }, [dense(OUTPUTS)]);
  using input = tensorOf(randomRows(1, 2, 2), "float32");
  using target = targetsOf("softmax cross-entropy", 2, "float32");
  using lin = model.linearize(expectedZeroOne(), { input, target });
  using out = new Tensor("float32", [model.parameterCount]);
  throws(() => sampledDiagonal(lin, randomKey(1), out), TypeError, /expectedZeroOne has not/);
});

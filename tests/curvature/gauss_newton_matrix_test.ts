// The Gauss-Newton matrix by every assembly beside the plain sum over samples, outputs and pairs of weights.
import {
  concatenation,
  conv2d,
  dense,
  flatten,
  gaussNewton,
  gaussNewtonMatrix,
  type GaussNewtonMatrixOptions,
  layerNorm,
  type Linearization,
  maxPool2d,
  memoryUsage,
  relu,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  tensor,
  welsch,
} from "../../mod.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { SHORTCUT_INPUTS, shortcutLayers } from "../_support/shortcuts.ts";
import { fewRoundings, identityBound } from "../_support/tolerance.ts";
import {
  DTYPES,
  LOSS_CASES,
  randomRows,
  tensorOf,
  twin,
  type TwinLayer,
} from "../_support/twins.ts";
import { gaussNewtonRows, sampleTerms } from "../oracles/gauss_newton.ts";

type Assembly = NonNullable<GaussNewtonMatrixOptions["assembly"]>;

const CONVEX: readonly Assembly[] = ["auto", "jacobian", "nodewise", "per-weight"];
const ANY: readonly Assembly[] = ["auto", "nodewise", "per-weight"];

const INPUTS = 4;
const NETWORKS: Readonly<Record<string, readonly TwinLayer[]>> = {
  "three outputs": [{ units: 5, activation: "tanh" }, { units: 4, activation: "silu" }, {
    units: 3,
  }],
  "one output, wide": [{ units: 7, activation: "sigmoid" }, { units: 1 }],
  "no bias, activated output": [
    { units: 3, activation: "tanh", bias: false },
    { units: 6, activation: "relu" },
    { units: 2, activation: "tanh" },
  ],
};

function matrixOf(lin: Linearization, options: GaussNewtonMatrixOptions): Float64Array {
  using matrix = gaussNewtonMatrix(lin, options);
  return Float64Array.from(matrix.data);
}

for (const dtype of DTYPES) {
  test(`gaussNewtonMatrix() is (1/B) Σ JᵀHJ by every assembly, for every loss, in ${dtype}`, () => {
    for (const [name, layers] of Object.entries(NETWORKS)) {
      for (const [lossName, { loss, oracle, targets }] of Object.entries(LOSS_CASES)) {
        for (const batchSize of [1, 6]) {
          const { model, net, weights } = twin({ inputs: INPUTS, layers, dtype });
          using _model = model;
          const x = randomRows(1, batchSize, INPUTS);
          const { given, dense: y } = targets(2, batchSize, model.output[0]);
          using input = tensorOf(x, dtype);
          using target = tensor(given, { dtype });
          using lin = model.linearize(loss, { input, target });
          const terms = sampleTerms(net, oracle, weights(), x, y);
          const omega = x.map((_, n) => n % 3 / 2);
          const plain = gaussNewtonRows(terms).flat();
          const weighted = gaussNewtonRows(terms, omega).flat();
          for (const assembly of loss.isConvex ? CONVEX : ANY) {
            const what = `${name}, ${lossName}, ${batchSize} samples, ${assembly}`;
            const found = matrixOf(lin, { assembly });
            allNear(found, plain, identityBound(dtype), what);
            const size = model.parameterCount;
            for (let i = 0; i < size; i++) {
              for (let j = 0; j < i; j++) equal(found[i * size + j], found[j * size + i], what);
            }
            const damped = matrixOf(lin, { assembly, sampleWeights: omega, l2: 0.5 });
            const expected = weighted.map((g, at) => at % (size + 1) === 0 ? g + 0.5 : g);
            allNear(damped, expected, identityBound(dtype), `${what}, weights`);
          }
        }
      }
    }
  });
}

test("gaussNewtonMatrix() of shortcuts, convolutions and normalizations is the operator's", () => {
  const networks = {
    shortcuts: shortcutLayers,
    convolutions: () => [
      concatenation([[], [conv2d(3, { kernel: 2, padding: "same" })]]),
      tanh(),
      maxPool2d(2),
      conv2d(2, { kernel: 2 }),
      relu(),
      flatten(),
      dense(3),
    ],
    normalization: () => [dense(6), layerNorm(), tanh(), dense(3)],
  };
  for (const [name, layers] of Object.entries(networks)) {
    const isFlat = name !== "convolutions";
    const shape = isFlat ? [SHORTCUT_INPUTS] : [5, 4, 2];
    const size = shape.reduce((product, extent) => product * extent, 1);
    for (const dtype of DTYPES) {
      for (const batchSize of [1, 5]) {
        for (const loss of [squaredError(), softmaxCrossEntropy(), welsch()]) {
          using model = sequential({ input: shape, seed: 2, dtype }, layers());
          using input = tensor(randomRows(3, 1, batchSize * size)[0], {
            dtype,
            shape: [batchSize, ...shape],
          });
          using target = tensor(
            randomRows(4, batchSize, 3).map((row) => row.map((v) => Math.abs(v))),
            { dtype },
          );
          using lin = model.linearize(loss, { input, target });
          using operator = gaussNewton(lin);
          using expected = operator.toDense();
          const assemblies = (loss.isConvex ? CONVEX : ANY)
            .filter((assembly) => name === "shortcuts" || assembly !== "nodewise");
          for (const assembly of assemblies) {
            const what = `${name}, ${dtype}, ${loss.name}, ${batchSize} samples, ${assembly}`;
            allNear(matrixOf(lin, { assembly }), expected.data, identityBound(dtype), what);
          }
        }
      }
    }
  }
});

test("gaussNewtonMatrix() adds up tiles of samples: many samples are the mean of few", () => {
  const batchSize = 1100; // three tiles, the last one partly filled
  using model = sequential({ input: [3], seed: 1, dtype: "float64" }, [dense(4), tanh(), dense(2)]);
  const x = randomRows(5, batchSize, 3);
  const mean = new Float64Array(model.parameterCount ** 2);
  for (const samples of x) {
    using input = tensorOf([samples], "float64");
    using target = tensorOf([[0, 0]], "float64");
    using lin = model.linearize(squaredError(), { input, target });
    matrixOf(lin, {}).forEach((g, at) => mean[at] += g / batchSize);
  }
  using input = tensorOf(x, "float64");
  using target = tensorOf(x.map(() => [0, 0]), "float64");
  using lin = model.linearize(squaredError(), { input, target });
  for (const assembly of CONVEX) {
    allNear(matrixOf(lin, { assembly }), mean, identityBound("float64"), assembly);
  }
});

test("gaussNewtonMatrix() is the Hessian of the mean loss where all residuals are zero", () => {
  using model = sequential({ input: [2], seed: 1, dtype: "float64" }, [dense(4), tanh(), dense(2)]);
  using input = tensorOf(randomRows(1, 5, 2), "float64");
  using target = model.predict(input);
  using lin = model.linearize(squaredError(), { input, target });
  using unit = tensor(new Float64Array(model.parameterCount), { dtype: "float64" });
  const found = matrixOf(lin, { assembly: "nodewise" });
  for (let i = 0; i < unit.size; i++) {
    unit.data[i] = 1;
    using column = lin.hvp(unit);
    unit.data[i] = 0;
    const mine = found.subarray(i * unit.size, (i + 1) * unit.size);
    allNear(mine, column.data, identityBound("float64"), `column ${i}`);
  }
});

test("gaussNewtonMatrix() gives the same bits again, and leaves no memory behind", () => {
  using model = sequential({ input: [3], seed: 1 }, [dense(5), tanh(), dense(4)]);
  using input = tensorOf(randomRows(1, 9, 3), "float32");
  using target = tensor([0, 1, 2, 3, 0, 1, 2, 3, 0]);
  using lin = model.linearize(softmaxCrossEntropy(), { input, target });
  for (const assembly of CONVEX) {
    const first = matrixOf(lin, { assembly });
    const { liveBytes } = memoryUsage();
    equal([...matrixOf(lin, { assembly })], [...first], assembly);
    equal(memoryUsage().liveBytes, liveBytes, assembly);
  }
});

test("the root of the softmax Hessian is diag(√p) - p √pᵀ", () => {
  using z = tensorOf(randomRows(7, 1, 4), "float64");
  using target = tensor([2], { dtype: "float64" });
  using column = tensorOf(randomRows(7, 1, 4), "float64");
  using work = tensorOf(randomRows(7, 1, 4), "float64");
  const root = softmaxCrossEntropy().hessianRoot?.(z, target, work);
  const roots = [0, 1, 2, 3].map((c) => {
    root?.(c, column);
    return [...column.data];
  });
  const exps = [...z.data].map((v) => Math.exp(v));
  const p = exps.map((e) => e / exps.reduce((sum, v) => sum + v));
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) {
      const found = roots.reduce((sum, s) => sum + s[i] * s[j], 0);
      const expected = (i === j ? p[i] : 0) - p[i] * p[j];
      ok(Math.abs(found - expected) <= fewRoundings("float64"), `${i}, ${j}: ${found}`);
    }
  }
});

test("gaussNewtonMatrix() refuses what cannot be assembled, before it asks for memory", () => {
  using model = sequential({ input: [4, 4, 1], seed: 1 }, [conv2d(2, { kernel: 2 }), flatten()]);
  using input = tensor(new Float32Array(32), { shape: [2, 4, 4, 1] });
  using target = tensor(new Float32Array(36), { shape: [2, 18] });
  using lin = model.linearize(squaredError(), { input, target });
  throws(() => gaussNewtonMatrix(lin, { assembly: "nodewise" }), TypeError, /site "conv2d_1"/);
  throws(() => gaussNewtonMatrix(lin, { assembly: "fast" as "auto" }), TypeError, /one of auto/);
  throws(() => gaussNewtonMatrix(lin, { l2: -1 }), RangeError, /l2 must be/);
  throws(() => gaussNewtonMatrix(lin, { sampleWeights: [1] }), TypeError, /array of 2/);
  throws(
    () => gaussNewtonMatrix(lin, { sampleWeights: [1, -1] }),
    RangeError,
    /sampleWeights\[1\]/,
  );
  using bent = model.linearize(welsch(), { input, target });
  throws(() => gaussNewtonMatrix(bent, { assembly: "jacobian" }), TypeError, /not convex/);
  using wide = sequential({ input: [160], seed: 1 }, [dense(160)]);
  using x = tensor(new Float32Array(160), { shape: [1, 160] });
  using large = wide.linearize(squaredError(), { input: x, target: x });
  const { liveBytes } = memoryUsage();
  throws(() => gaussNewtonMatrix(large), RangeError, /5308620800 bytes.*cg\(\).*dual/);
  equal(memoryUsage().liveBytes, liveBytes);
});

// Layers in whose training the samples of a batch meet: what needs each sample by itself refuses them by name.
import {
  type Batch,
  batchNorm,
  blockHessianFree,
  concatenation,
  cwNgd,
  dense,
  empiricalFisher,
  gaussNewton,
  gaussNewtonMatrix,
  hessianFree,
  type Layer,
  levenbergMarquardt,
  type Linearization,
  type Model,
  randomKey,
  residual,
  sequential,
  squaredError,
  tanh,
  tensor,
} from "../../mod.ts";
import { accumulate, jacobian, segments } from "../../operators.ts";
import { squaredGradients } from "../../src/curvature/statistics/squared_gradients.ts";
import { allNear, equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { randomRows, randomVector, tensorOf } from "../_support/twins.ts";

const KEY = randomKey(3);
const LOSS = squaredError();
const INPUT = tensorOf(randomRows(1, 6, 3), "float64");
const TARGET = tensorOf(randomRows(2, 6, 2), "float64");
const BATCH: Batch = { input: INPUT, target: TARGET };

/** Where the layer may stand. */
const PLACES: Readonly<Record<string, () => Layer[]>> = {
  "between others": () => [dense(4), batchNorm(), tanh(), dense(2)],
  "in a branch": () => [residual([dense(3), batchNorm(), tanh()]), dense(2)],
  "in a branch of a branch": () => [
    concatenation([[], [residual([dense(3), batchNorm()])]]),
    dense(2),
  ],
};

const modelOf = (layers: Layer[]): Model =>
  sequential({ input: [3], seed: 1, dtype: "float64" }, layers);

const PER_SAMPLE: Readonly<Record<string, (lin: Linearization) => void>> = {
  perSampleGradients: (lin) => lin.perSampleGradients().dispose(),
  vjpRows: (lin) => void lin.vjpRows(lin.output),
  jacobian: (lin) => jacobian(lin).dispose(),
  gaussNewtonMatrix: (lin) => gaussNewtonMatrix(lin).dispose(),
  segments: (lin) => {
    for (const { matrices } of segments(lin)) matrices.dispose();
  },
  squaredGradients: (lin) => {
    using out = lin.gradient();
    squaredGradients(lin, out);
  },
};

for (const [place, layers] of Object.entries(PLACES)) {
  test(`what needs samples apart refuses batchNorm() ${place} in training, by name, and takes it in prediction`, () => {
    using model = modelOf(layers());
    for (const [name, use] of Object.entries(PER_SAMPLE)) {
      using lin = model.linearize(LOSS, { ...BATCH, key: KEY });
      equal(lin.coupledBy, "batchNorm");
      throws(() => use(lin), TypeError, /^Cannot .*samples of a training batch meet in batchNorm/);
      for (const batch of [BATCH, { ...BATCH, key: KEY, isTraining: false }]) {
        using still = model.linearize(LOSS, batch);
        equal(still.coupledBy, undefined, name);
        use(still);
      }
    }
  });

  test(`a part of a training batch is refused where samples meet, ${place}`, () => {
    using model = modelOf(layers());
    const part = { ...BATCH, firstSample: 0 };
    const training = () => model.linearize(LOSS, { ...part, isTraining: true });
    throws(training, TypeError, /part of a training batch.*meet in batchNorm/);
    using lin = model.linearize(LOSS, part);
    equal(lin.batchSize, 6);
  });

  test(`methods that need samples apart refuse batchNorm() ${place} before they start`, () => {
    using model = modelOf(layers());
    const preconditioned = blockHessianFree({ preconditioner: "squaredGradients" });
    for (const optimizer of [levenbergMarquardt(), hessianFree(), preconditioned, cwNgd()]) {
      throws(
        () => optimizer.init(model),
        TypeError,
        /^Cannot start \w+: the .* must not depend on other samples, which meet in batchNorm/,
      );
    }
    const before = [...model.parameters.data];
    const chunked = [
      hessianFree({ preconditioner: "none", curvatureChunks: 2 }),
      blockHessianFree({ curvatureChunks: 2 }),
      blockHessianFree({ curvatureChunks: 2, curvatureOrder: "by-key", mode: "plain" }),
    ];
    for (const optimizer of chunked) {
      using state = optimizer.init(model);
      throws(
        () => optimizer.step(state, { model, loss: LOSS, batch: BATCH }),
        TypeError,
        /curvatureChunks must not depend on other samples, which meet in batchNorm/,
      );
      equal([...model.parameters.data], before);
      optimizer.step(state, { model, loss: LOSS, batch: { ...BATCH, isTraining: false } });
      model.parameters.data.set(before);
      model.parametersChanged();
    }
  });
}

test("sequences of unequal lengths are refused where samples meet, by the layer's name", () => {
  using model = sequential({ input: [2, 3] }, [dense(2), batchNorm()]);
  using input = tensorOf(randomRows(1, 4, 6), "float32");
  const lengths = [1, 2, 2, 1];
  throws(
    () => model.predict(input.view([4, 2, 3]), { lengths }),
    TypeError,
    /with lengths: layer 2, batchNorm, mixes time steps/,
  );
});

test("a linearization without a key is one of prediction, with one of training, and isTraining decides", () => {
  using model = modelOf([batchNorm(), dense(2)]);
  const lossOf = (batch: Batch): number => {
    using lin = model.linearize(LOSS, batch);
    return lin.loss;
  };
  const [still, moving] = [lossOf(BATCH), lossOf({ ...BATCH, key: KEY })];
  equal(still === moving, false);
  equal(lossOf({ ...BATCH, isTraining: true }), moving);
  equal(lossOf({ ...BATCH, key: KEY, isTraining: false }), still);
  using predicted = model.predict(INPUT);
  using lin = model.linearize(LOSS, BATCH);
  equal([...lin.output.data], [...predicted.data]);
});

test("the empirical Fisher matrix is that of the samples' own losses, though each moves all", () => {
  using model = modelOf([dense(2), batchNorm(), tanh(), dense(2)]);
  using lin = model.linearize(LOSS, { ...BATCH, key: KEY });
  using operator = empiricalFisher(lin);
  using matrix = operator.toDense();
  const size = model.parameterCount;
  const expected = new Float64Array(size * size);
  for (let n = 0; n < 6; n++) {
    using own = tensor(
      [...lin.output.data].map((z, i) => Math.floor(i / 2) === n ? z - TARGET.data[i] : 0),
      { dtype: "float64", shape: [6, 2] },
    );
    using gradient = lin.vjp(own);
    const g = gradient.data;
    for (let p = 0; p < size; p++) {
      for (let q = 0; q < size; q++) expected[p * size + q] += g[p] * g[q] / 6;
    }
  }
  allNear(matrix.data, [...expected], identityBound("float64"), "Fisher");
});

test("accumulate() normalizes every training batch by itself, and in prediction none by any", () => {
  using model = modelOf([dense(4), batchNorm(), tanh(), dense(2)]);
  const halves = [0, 3].map((first) => ({
    input: INPUT.view([3, 3], first * 3),
    target: TARGET.view([3, 2], first * 2),
  }));
  using v = randomVector(4, model.parameterCount, "float64");
  const product = (batches: Batch[]): number[] => {
    using operator = accumulate({ model, loss: LOSS, batches }, (lin) => gaussNewton(lin));
    using result = operator.apply(v);
    return [...result.data];
  };
  const training = halves.map((half) => ({ ...half, key: KEY }));
  const [left, right] = training.map((half) => product([half]));
  const mean = left.map((x, i) => (x + right[i]) / 2);
  allNear(product(training), mean, identityBound("float64"), "training");
  allNear(product(halves), product([BATCH]), identityBound("float64"), "prediction");
});

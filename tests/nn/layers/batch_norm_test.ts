import {
  adam,
  batchNorm,
  conv2d,
  dense,
  flatten,
  gaussNewton,
  type Layer,
  load,
  type Model,
  randomKey,
  save,
  sequential,
  sgd,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  tensor,
} from "../../../mod.ts";
import { checkLayer } from "../../../layers.ts";
import { allNear, equal, near, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { fewRoundings, identityBound } from "../../_support/tolerance.ts";
import { DTYPES, randomRows, randomVector, tensorOf } from "../../_support/twins.ts";
import { batchNormStep, eachPart, summedLoss } from "../../oracles/batch_net.ts";
import {
  denseStep,
  halfSquares,
  SmallNet,
  softmaxLoss,
  type Step,
  tanhStep,
} from "../../oracles/small_net.ts";
import { perturb } from "../_against_small_net.ts";

const OUTPUTS = 3;
const KEY = randomKey(5);
const LOSSES = [
  { loss: squaredError(), twin: halfSquares },
  { loss: softmaxCrossEntropy(), twin: softmaxLoss },
];

interface Case {
  readonly input: number[];
  readonly layers: () => Layer[];
  readonly steps: (samples: number) => Step[];
}

const NETS: Readonly<Record<string, Case>> = {
  "between": {
    input: [3],
    layers: () => [dense(4), batchNorm({ epsilon: 0.01 }), tanh(), dense(OUTPUTS)],
    steps: (samples) => [
      eachPart(denseStep(0, 4), samples),
      batchNormStep(16, 4, 0.01),
      tanhStep,
      eachPart(denseStep(24, OUTPUTS), samples),
    ],
  },
  "first, over steps": {
    input: [2, 3],
    layers: () => [batchNorm(), flatten(), dense(OUTPUTS, { bias: false })],
    steps: (samples) => [
      batchNormStep(0, 3, 1e-5),
      eachPart(denseStep(6, OUTPUTS, false), samples),
    ],
  },
  "twice, over images": {
    input: [2, 1, 2],
    layers: () => [
      conv2d(3, { kernel: 1 }),
      batchNorm({ epsilon: 0.1 }),
      tanh(),
      flatten(),
      dense(OUTPUTS),
      batchNorm({ epsilon: 0.2 }),
    ],
    steps: (samples) => [
      eachPart(denseStep(0, 3), 2 * samples),
      batchNormStep(9, 3, 0.1),
      tanhStep,
      eachPart(denseStep(15, OUTPUTS), samples),
      batchNormStep(36, OUTPUTS, 0.2),
    ],
  },
};

for (const [name, { input: shape, layers, steps }] of Object.entries(NETS)) {
  test(`a net with batchNorm() (${name}) has the derivatives of its hyper-dual twin`, () => {
    for (const dtype of DTYPES) {
      for (const { loss, twin } of LOSSES) {
        for (const samples of [2, 5]) {
          using model = sequential({ input: shape, seed: 4, dtype }, layers());
          perturb(model);
          const width = shape.reduce((a, b) => a * b);
          const x = randomRows(1, samples, width), y = randomRows(2, samples, OUTPUTS);
          const targets = y.map((row) => row.map(Math.abs));
          using flat = tensorOf(x, dtype);
          using target = tensorOf(targets, dtype);
          const batch = { input: flat.view([samples, ...shape]), target, key: KEY };
          using lin = model.linearize(loss, batch);
          const net = new SmallNet(
            steps(samples),
            summedLoss(twin, samples),
            model.parameters.data,
            [x.flat()],
            [targets.flat()],
          );
          const what = `${loss.name}, B ${samples}, ${dtype}`;
          const bound = 8 * identityBound(dtype);
          const share = (values: readonly number[]): number[] => values.map((v) => v / samples);
          near(lin.loss, net.loss / samples, bound, `loss, ${what}`);
          allNear(lin.output.data, net.outputs()[0].map(([v]) => v), bound, `outputs, ${what}`);
          using gradient = lin.gradient();
          allNear(gradient.data, share(net.sampleGradients[0]), bound, `gradient, ${what}`);
          using v = randomVector(31, model.parameterCount, dtype);
          using pushed = lin.jvp(v);
          const moved = net.outputs([...v.data])[0].map(([, first]) => first);
          allNear(pushed.data, moved, bound, `J v, ${what}`);
          using u = randomVector(32, lin.output.size, dtype);
          using pulled = lin.vjp(u.view(lin.output.shape));
          const [jacobian] = net.jacobians;
          const expected = [...v.data].map((_, p) =>
            jacobian.reduce((sum, row, k) => sum + u.data[k] * row[p], 0)
          );
          allNear(pulled.data, expected, bound, `Jᵀ u, ${what}`);
          using curved = lin.hvp(v);
          allNear(curved.data, share(net.hessianProduct([...v.data])), bound, `H v, ${what}`);
          using operator = gaussNewton(lin);
          using matrix = operator.toDense();
          allNear(matrix.data, share(net.gaussNewton.flat()), bound, `Gauss-Newton, ${what}`);
        }
      }
    }
  });
}

test("checkLayer() finds batchNorm() sound in training and in prediction, whatever the shape", () => {
  for (const dtype of DTYPES) {
    for (const input of [[3], [4, 3], [3, 2, 5], [1]]) {
      for (const batchSize of [2, 7]) {
        const options = { input, batchSize, dtype, print: () => {} };
        const { isSound, findings } = checkLayer(batchNorm({ epsilon: 0.1 }), options);
        ok(isSound, `${dtype}, ${input}, ${batchSize}`);
        ok(findings.some(({ check }) => check.endsWith("in prediction")), "both are checked");
      }
    }
  }
  const alone = checkLayer(batchNorm(), { input: [3], batchSize: 1, print: () => {} });
  ok(/batchNorm needs 2 samples or more/.test(alone.findings[0].diagnosis ?? ""), "one sample");
});

/** Mean and variance over rows - `fewer` of every column, in float64. */
function statistics(rows: readonly (readonly number[])[], fewer: number): [number[], number[]] {
  const means = rows[0].map((_, c) => rows.reduce((sum, row) => sum + row[c], 0) / rows.length);
  const variances = means.map((mean, c) =>
    rows.reduce((sum, row) => sum + (row[c] - mean) ** 2, 0) / (rows.length - fewer)
  );
  return [means, variances];
}

/** Running mean, running variance and the count. */
function running(model: Model): number[][] {
  return model.state.map(({ value }) => [...value.data]);
}

test("batchNorm() has the values of PyTorch's formulas: biased to normalize, unbiased to remember", () => {
  for (const dtype of DTYPES) {
    for (const channels of [1, 2, 3, 5]) {
      const [epsilon, momentum, samples] = [1e-3, 0.25, 4];
      using model = sequential({ input: [2, channels], dtype }, [batchNorm({ epsilon, momentum })]);
      perturb(model);
      const optimizer = sgd({ learningRate: 0.125 });
      using state = optimizer.init(model);
      let [mean, variance] = [0, 1].map((initial) => new Array<number>(channels).fill(initial));
      const bound = 4 * fewRoundings(dtype);
      for (let step = 0; step < 3; step++) {
        const rows = randomRows(step, samples * 2, channels)
          .map((row) => row.map((v) => 100 + step + v));
        using flat = tensorOf(rows, dtype);
        const input = flat.view([samples, 2, channels]);
        const [batchMean, biased] = statistics(rows, 0), [, unbiased] = statistics(rows, 1);
        const weight = [...model.parameters.data];
        using lin = model.linearize(squaredError(), { input, target: input, key: KEY });
        const expected = rows.flatMap((row) =>
          row.map((v, c) =>
            weight[2 * c] * (v - batchMean[c]) / Math.sqrt(biased[c] + epsilon) + weight[2 * c + 1]
          )
        );
        allNear(lin.output.data, expected, bound * 100, `training, ${dtype}, ${channels}`);
        optimizer.step(state, { model, loss: squaredError(), batch: { input, target: input } });
        const blend = (old: number[], fresh: number[]): number[] =>
          old.map((v, c) => (1 - momentum) * v + momentum * fresh[c]);
        [mean, variance] = [blend(mean, batchMean), blend(variance, unbiased)];
        const [ownMean, ownVariance, count] = running(model);
        allNear(ownMean, mean, bound * 100, "running mean");
        allNear(ownVariance, variance, bound * 4, "running variance");
        equal(count, [step + 1]);
        using predicted = model.predict(input);
        const theta = [...model.parameters.data];
        const still = rows.flatMap((row) =>
          row.map((v, c) =>
            theta[2 * c] * (v - mean[c]) / Math.sqrt(variance[c] + epsilon) + theta[2 * c + 1]
          )
        );
        allNear(predicted.data, still, bound * 1000, "prediction");
      }
    }
  }
});

test("a large mean costs nothing, and a constant channel becomes its shift", () => {
  for (const dtype of DTYPES) {
    using model = sequential({ input: [2], dtype }, [batchNorm({ epsilon: 1e-30 })]);
    model.parameters.data.set([1, 0, 3, 0.25]);
    model.parametersChanged();
    const rows = randomRows(5, 64, 1).map(([v]) => [1000 + v, 7]);
    using input = tensorOf(rows, dtype);
    using lin = model.linearize(squaredError(), { input, target: input, key: KEY });
    const output = Array.from(
      { length: 64 },
      (_, n) => [...lin.output.data.slice(2 * n, 2 * n + 2)],
    );
    const [[mean], [variance]] = statistics(output, 0);
    allNear([mean, variance], [0, 1], fewRoundings(dtype), "mean and variance");
    ok(output.every(([, shifted]) => shifted === 0.25), "the shift");
  }
});

test("a training batch with one value for each channel is refused; one with several positions is not", () => {
  using flat = sequential({ input: [3] }, [dense(2), batchNorm()]);
  using x = tensor([[1, 2, 3]]);
  using y = tensor([[1, 2]]);
  const alone = () => flat.linearize(squaredError(), { input: x, target: y, key: KEY });
  throws(alone, RangeError, /batchNorm needs 2 samples or more in training, there is 1/);
  using state = sgd().init(flat);
  const batch = { input: x, target: y };
  const step = () => sgd().step(state, { model: flat, loss: squaredError(), batch });
  throws(step, RangeError, /batchNorm needs 2 samples/);
  using predicted = flat.predict(x);
  ok(predicted.data.every(Number.isFinite), "prediction takes it");
  using steps = sequential({ input: [3, 1] }, [batchNorm()]);
  const input = x.view([1, 3, 1]);
  using lin = steps.linearize(squaredError(), { input, target: input, key: KEY });
  ok(lin.loss > 0, "three steps");
});

test("batchNorm() keeps everything as PyTorch does, and reads it back to the bit", () => {
  for (const dtype of DTYPES) {
    const layers = () => [dense(3), batchNorm(), tanh(), dense(1)];
    using model = sequential({ input: [2], seed: 1, dtype }, layers());
    const [, site] = model.sites;
    equal([site.name, site.form.name], ["batchNorm_2", "scale"]);
    equal(site.arrays.map(({ name, shape }) => [name, [...shape]]), [["1.weight", [3]], [
      "1.bias",
      [3],
    ]]);
    equal(model.state.map(({ name, value }) => [name, [...value.shape]]), [
      ["1.running_mean", [3]],
      ["1.running_var", [3]],
      ["1.num_batches_tracked", []],
    ]);
    using input = tensorOf(randomRows(1, 6, 2), dtype);
    using target = tensorOf(randomRows(2, 6, 1), dtype);
    using state = adam().init(model);
    for (let i = 0; i < 3; i++) {
      adam().step(state, { model, loss: squaredError(), batch: { input, target } });
    }
    const bytes = save(model);
    const header = new TextDecoder().decode(bytes.subarray(8, 1000));
    ok(/"1\.num_batches_tracked":\{"dtype":"I64","shape":\[\]/.test(header), "an integer");
    using other = sequential({ input: [2], seed: 2, dtype }, layers());
    load(other, bytes);
    equal(running(other), running(model));
    equal(running(other)[2], [3]);
    using here = model.predict(input);
    using there = other.predict(input);
    equal([...there.data], [...here.data]);
    using without = sequential({ input: [2], dtype }, [dense(3), tanh(), tanh(), dense(1)]);
    throws(() => load(without, bytes), TypeError, /tensor "1\..*" is not in the model/);
    throws(() => load(other, save(without)), TypeError, /tensor "1\.weight" is missing/);
  }
});

test("predict() may split a batch: no bit of a sample depends on those beside it", () => {
  using model = sequential({ input: [3] }, [dense(4), batchNorm(), dense(2)]);
  model.state[0].value.data.set([1, 2, 3, 4]);
  model.state[1].value.data.set([0.5, 1, 2, 4]);
  model.parametersChanged();
  using input = tensorOf(randomRows(1, 40, 3), "float32");
  using all = model.predict(input);
  for (let n = 0; n < 40; n++) {
    using one = model.predict(input.view([1, 3], 3 * n));
    equal([...one.data], [...all.data.subarray(2 * n, 2 * n + 2)]);
  }
});

test("batchNorm() refuses what has no channels, a bad epsilon and a bad momentum", () => {
  throws(() => sequential({ input: [] }, [batchNorm()]), TypeError, /Cannot apply batchNorm/);
  throws(() => batchNorm({ epsilon: 0 }), RangeError, /epsilon must be positive/);
  throws(() => batchNorm({ momentum: 0 }), RangeError, /momentum must be positive/);
  throws(() => batchNorm({ momentum: 1.5 }), RangeError, /momentum must be at most 1/);
});

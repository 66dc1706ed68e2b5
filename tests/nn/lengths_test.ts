// Sequences of unequal lengths: only valid steps count, and padding changes nothing.
import {
  type Batch,
  concatenation,
  dense,
  type DType,
  fisher,
  flatten,
  gaussNewton,
  gaussNewtonMatrix,
  lastStep,
  type Layer,
  layerNorm,
  type Loss,
  lstm,
  memoryUsage,
  type Model,
  multiHeadAttention,
  type Optimizer,
  residual,
  rmsNorm,
  sequential,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  tensor,
  zeros,
} from "../../mod.ts";
import { allNear, equal, near, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  identityBound,
  SECOND_DIFFERENCE_BOUND,
  SECOND_DIFFERENCE_STEP,
} from "../_support/tolerance.ts";
import { DTYPES, randomRows, randomVector } from "../_support/twins.ts";
import * as oracle from "../oracles/loss_derivatives.ts";
import { apply, type Rows } from "../oracles/matrices.ts";
import { LAYERS } from "./_layers.ts";
import { FORMS, has } from "../optimizers/_methods.ts";
import { difference } from "./_differences.ts";
import { evaluateLstm, LSTMS, modelOf } from "./_lstms.ts";

const LENGTHS = [3, 1, 4, 2];

/** Sequences of the lengths above, (L, width) each. */
function ragged(seed: number, width: number): Rows[] {
  return LENGTHS.map((length, n) => randomRows(seed + n, length, width));
}

/** Sequences in one tensor, steps beyond their ends filled with numbers from a seed. */
function padded(sequences: readonly Rows[], steps: number, dtype: DType, seed: number) {
  const width = sequences[0][0].length;
  return tensor(
    sequences.map((rows, n) => [
      ...rows,
      ...randomRows(seed + n, steps - rows.length, width).map((row) => row.map((x) => 50 * x)),
    ]),
    { dtype, shape: [sequences.length, steps, width] },
  );
}

const LOSSES = {
  squaredError: [squaredError(), oracle.SQUARED_ERROR],
  sigmoidCrossEntropy: [sigmoidCrossEntropy(), oracle.SIGMOID_CROSS_ENTROPY],
  softmaxCrossEntropy: [softmaxCrossEntropy(), oracle.SOFTMAX_CROSS_ENTROPY],
} as const;

test("loss, gradient, sites and Gauss-Newton matrix of sequences with lengths are those of the sequences alone", () => {
  for (const dtype of DTYPES) {
    const bound = identityBound(dtype);
    for (const [name, net] of Object.entries(LSTMS)) {
      for (const [lossName, [loss, lossOracle]] of Object.entries(LOSSES)) {
        using model = modelOf(net, dtype, 5);
        const x = ragged(1, net.features);
        const weights = ragged(20, net.outputs).map((rows) =>
          rows.map((row) => row.map(Math.abs)).slice(net.lastStep ? -1 : 0)
        );
        using input = padded(x, 5, dtype, 30);
        using target = net.lastStep
          ? tensor(weights.flat(), { dtype })
          : padded(weights, 5, dtype, 40);
        using lin = model.linearize(loss, { input, target, lengths: LENGTHS });
        const expected = evaluateLstm(net, lossOracle, model.parameters.data, x, weights);
        const what = `${name}, ${lossName}, ${dtype}`;
        near(lin.loss, expected.loss, bound * expected.loss, `loss, ${what}`);
        using gradient = lin.gradient();
        allNear(gradient.data, expected.gradient, bound, `gradient, ${what}`);
        for (const [i, site] of lin.sites.entries()) {
          const { inputs, outputs, outputGradients } = expected.sites[i];
          allNear(site.inputs.toArray().flat(), inputs.flat(), bound, `A, ${what}`);
          allNear(site.outputs.data, outputs.flat(), bound, `Z, ${what}`);
          allNear(site.outputGradients.data, outputGradients.flat(), bound, `G, ${what}`);
        }
        using v = randomVector(5, model.parameterCount, dtype);
        using operator = gaussNewton(lin);
        using product = operator.apply(v);
        allNear(product.data, apply(expected.gaussNewton(), [...v.data]), bound, `G v, ${what}`);
      }
    }
  }
});

test("the Hessian product of sequences with lengths is the derivative of their gradient", () => {
  using model = sequential({ input: [5, 2], seed: 1, dtype: "float64" }, mixed());
  using input = padded(ragged(1, 2), 5, "float64", 30);
  using target = padded(ragged(2, 3), 5, "float64", 40);
  const linearize = () => model.linearize(squaredError(), { input, target, lengths: LENGTHS });
  using lin = linearize();
  using v = randomVector(3, model.parameterCount, "float64");
  using product = lin.hvp(v);
  const turned = difference({ model, linearize }, v, SECOND_DIFFERENCE_STEP, (lin) => {
    using gradient = lin.gradient();
    return gradient.data.slice();
  });
  allNear(product.data, turned, SECOND_DIFFERENCE_BOUND, "H v");
});

/** Layers of every kind that acts step by step. */
function mixed(): Layer[] {
  return [
    dense(4),
    layerNorm(),
    residual([lstm(4), tanh()]),
    residual([rmsNorm(), multiHeadAttention({ heads: 2 })]),
    concatenation([[], [lstm(2)]]),
    lstm(3),
    dense(3),
  ];
}

const NETS: Readonly<Record<string, () => Layer[]>> = {
  "at every step": mixed,
  "at the last step": () => [...mixed().slice(0, -1), lastStep(), dense(3)],
  ...Object.fromEntries(
    Object.entries(LAYERS)
      .filter(([, { layer }]) => layer().steps === "each" && layer().indexCount === undefined)
      .map(([name, { layer, input }]) => [
        `at every step of ${name}`,
        () => [dense(input[input.length - 1]), layer(), dense(3)],
      ]),
  ),
};

/** A batch whose padding is `seed`'s, up to `steps` steps. */
function batchOf(model: Model, steps: number, seed: number): Batch {
  const { dtype } = model;
  const input = padded(ragged(1, 2), steps, dtype, seed);
  const choices = ragged(2, 1).map((rows) => rows.map(([x]) => [x > 0 ? 2 : x > -0.5 ? 1 : 0]));
  const target = model.output.length === 1
    ? tensor(choices.map((rows) => rows[0][0]), { dtype })
    : padded(choices, steps, dtype, seed).view([LENGTHS.length, steps]);
  return { input, target, lengths: Uint8Array.from(LENGTHS) };
}

/** Everything that a linearization gives, valid outputs alone. */
function everything(layers: () => Layer[], dtype: DType, steps: number, seed: number) {
  using model = sequential({ input: [steps, 2], seed: 4, dtype }, layers());
  const batch = batchOf(model, steps, seed);
  using lin = model.linearize(softmaxCrossEntropy(), batch);
  using predicted = model.predict(batch.input, { lengths: LENGTHS });
  equal([...predicted.data], [...lin.output.data], "predictions");
  using v = randomVector(3, model.parameterCount, dtype);
  using u = zeros(lin.output.shape, { dtype });
  const width = model.output[model.output.length - 1];
  const perSample = lin.output.size / LENGTHS.length;
  const valid = (data: ArrayLike<number>): number[] =>
    Array.from(data).filter((_, i) =>
      model.output.length === 1 ||
      Math.floor(i % perSample / width) < LENGTHS[Math.floor(i / perSample)]
    );
  // The cotangent is the same at valid steps, and must be ignored at padding.
  const given = randomRows(6, LENGTHS.length * 9, width);
  for (let i = 0; i < u.size; i++) {
    const [n, t] = [Math.floor(i / perSample), Math.floor(i % perSample / width)];
    u.data[i] = given[n * 9 + t][i % width];
  }
  using gradient = lin.gradient();
  using jv = lin.jvp(v);
  using ju = lin.vjp(u);
  using hv = lin.hvp(v);
  const rest = (data: ArrayLike<number>): number =>
    Array.from(data).filter(Boolean).length - valid(data).filter(Boolean).length;
  equal([rest(lin.output.data), rest(jv.data)], [0, 0], "at padding");
  const exact = [
    [lin.loss],
    valid(lin.output.data),
    [...gradient.data],
    valid(jv.data),
    [...ju.data],
    ...lin.sites.flatMap((site) => [
      site.inputs.toArray().flat(),
      [...site.outputs.data],
      [...site.outputGradients.data],
    ]),
  ];
  return { exact, curved: [...hv.data] };
}

for (const [name, layers] of Object.entries(NETS)) {
  test(`what padding holds and how much of it there is changes no bit, ${name}`, () => {
    for (const dtype of DTYPES) {
      const alone = everything(layers, dtype, 4, 1);
      const other = everything(layers, dtype, 4, 99);
      const longer = everything(layers, dtype, 9, 99);
      equal(other, alone, `content, ${dtype}`);
      equal(longer.exact, alone.exact, `length, ${dtype}`);
      allNear(longer.curved, alone.curved, identityBound(dtype), `Hessian product, ${dtype}`);
    }
  });
}

/** Parameters after some steps on a padded batch. */
function trained(optimizer: Optimizer, steps: number, seed: number): number[] {
  const layers = [lstm(4), lstm(3), dense(3)];
  using model = sequential({ input: [steps, 2], seed: 4 }, layers);
  const batch = batchOf(model, steps, seed);
  const loss: Loss = softmaxCrossEntropy();
  using state = optimizer.init(model, { loss, warmStart: [batch] });
  for (let step = 0; step < 5; step++) optimizer.step(state, { model, loss, batch });
  return [...model.parameters.data];
}

for (const [name, form] of Object.entries(FORMS)) {
  const { optimizer, method } = form;
  if (method.sites === "dense") continue;
  test(`padding changes no bit of a run of ${name}`, () => {
    const alone = trained(optimizer, 4, 1);
    equal(trained(optimizer, 4, 99), alone, "content");
    if (!has(form, "looksAtLength")) equal(trained(optimizer, 7, 1), alone, "length");
  });
}

for (const [name, layers] of Object.entries(NETS)) {
  test(`curvature matrices and gradients of single samples leave padding out, ${name}`, () => {
    for (const dtype of DTYPES) {
      using model = sequential({ input: [6, 2], seed: 4, dtype }, layers());
      using lin = model.linearize(softmaxCrossEntropy(), batchOf(model, 6, 99));
      using v = randomVector(3, model.parameterCount, dtype);
      using operator = gaussNewton(lin);
      using product = operator.apply(v);
      using matrix = gaussNewtonMatrix(lin);
      const bound = identityBound(dtype);
      allNear(product.data, apply(matrix.toArray() as Rows, [...v.data]), bound, `G v, ${dtype}`);
      using exact = fisher(lin);
      using same = exact.apply(v);
      equal([...same.data], [...product.data], "the Fisher matrix");
      using gradient = lin.gradient();
      using rows = lin.perSampleGradients();
      const samples = rows.toArray() as Rows;
      const mean = samples[0].map((_, i) =>
        samples.reduce((sum, row) => sum + row[i], 0) / samples.length
      );
      allNear(gradient.data, mean, bound, `gradients, ${dtype}`);
    }
  });

  test(`sequences that have every step are the same with lengths and without, ${name}`, () => {
    using model = sequential({ input: [4, 2], seed: 4, dtype: "float64" }, layers());
    const { input, target: given } = batchOf(model, 4, 1);
    using target = tensor([...given.data].map((y) => y === Math.floor(y) ? Math.abs(y) % 3 : 1), {
      dtype: "float64",
      shape: given.shape,
    });
    using plain = model.linearize(softmaxCrossEntropy(), { input, target });
    using full = model.linearize(softmaxCrossEntropy(), { input, target, lengths: [4, 4, 4, 4] });
    using expected = plain.gradient();
    using gradient = full.gradient();
    equal([full.loss, ...gradient.data], [plain.loss, ...expected.data]);
  });
}

interface Misuse {
  readonly lengths: unknown;
  readonly layers?: Layer[];
  readonly input?: number[];
  readonly kind: typeof TypeError | typeof RangeError;
  readonly pattern: RegExp;
}

const MISUSES: Readonly<Record<string, Misuse>> = {
  "a length of no steps": { lengths: [4, 0], kind: RangeError, pattern: /length 1 .* from 1 to 4/ },
  "a length beyond the sequence": {
    lengths: [5, 1],
    kind: RangeError,
    pattern: /length 0 .*not 5/,
  },
  "half a step": { lengths: [1, 1.5], kind: RangeError, pattern: /length 1 must be whole/ },
  "text for a length": { lengths: [1, "2"], kind: TypeError, pattern: /length 1 must be a number/ },
  "too few lengths": { lengths: [4], kind: TypeError, pattern: /1 lengths for 2 samples/ },
  "too many lengths": { lengths: [4, 4, 4], kind: TypeError, pattern: /3 lengths for 2 samples/ },
  "lengths that are none": {
    lengths: 4,
    kind: TypeError,
    pattern: /an array or typed array, not 4/,
  },
  "layers in which steps meet": {
    lengths: [4, 2],
    layers: [lstm(3), flatten(), dense(3)],
    kind: TypeError,
    pattern: /layer 2, flatten, mixes time steps/,
  },
  "samples that are no sequences": {
    lengths: [4, 2],
    layers: [dense(3)],
    input: [3],
    kind: TypeError,
    pattern: /takes no sequences/,
  },
};

for (
  const [what, { lengths, layers = [lstm(3)], input: shape = [4, 2], ...refusal }] of Object
    .entries(MISUSES)
) {
  test(`lengths are refused by name, and change nothing: ${what}`, () => {
    using model = sequential({ input: shape }, layers);
    using input = zeros([2, ...shape]);
    using target = zeros([2, ...model.output]);
    const bytes = memoryUsage().liveBytes;
    const batch = { input, target, lengths } as Batch;
    throws(() => model.linearize(squaredError(), batch), refusal.kind, refusal.pattern);
    throws(() => model.predict(input, { lengths } as never), refusal.kind, refusal.pattern);
    throws(
      () => model.visitInputs(input, () => {}, { lengths } as never),
      refusal.kind,
      refusal.pattern,
    );
    equal(memoryUsage().liveBytes, bytes);
  });
}

test("targets are looked at where steps are valid, and must have all steps", () => {
  using model = sequential({ input: [4, 2] }, [lstm(3)]);
  using input = zeros([2, 4, 2]);
  const lengths = [2, 3];
  using ignored = tensor([[0, 1, -100, -100], [2, 2, 0, -100]]);
  using lin = model.linearize(softmaxCrossEntropy(), { input, target: ignored, lengths });
  equal(Number.isFinite(lin.loss), true);
  using wrong = tensor([[0, 1, -100, -100], [2, -100, 0, -100]]);
  const linearize = (target: typeof wrong) =>
    model.linearize(softmaxCrossEntropy(), { input, target, lengths });
  throws(() => linearize(wrong), RangeError, /class of sample 1 is -100/);
  using short = zeros([2, 3]);
  throws(() => linearize(short), TypeError, /outputs have shape \(2, 4, 3\), targets \(2, 3\)/);
  throws(() => lin.lossFunction.evaluate(wrong, wrong), TypeError, /./);
});

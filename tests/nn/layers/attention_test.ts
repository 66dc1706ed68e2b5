import {
  adam,
  dense,
  eaCg,
  embedding,
  flatten,
  hessianFree,
  kBfgs,
  kfac,
  type Layer,
  layerNorm,
  load,
  multiHeadAttention,
  relu,
  residual,
  rmsNorm,
  save,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  tensor,
  zeros,
} from "../../../mod.ts";
import { allNear, equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { fewRoundings, identityBound } from "../../_support/tolerance.ts";
import { DTYPES, randomRows, randomVector, tensorOf } from "../../_support/twins.ts";
import { attentionStep, denseStep, tanhStep } from "../../oracles/small_net.ts";
import { compareWithTwin, OUTPUTS, perturb, type TwinCase } from "../_against_small_net.ts";

const end = (): Layer[] => [flatten(), dense(OUTPUTS, { bias: false })];

const NETS: Readonly<Record<string, TwinCase>> = {
  "of two heads": {
    input: [3, 2],
    layers: () => [multiHeadAttention({ heads: 2 }), ...end()],
    steps: [
      attentionStep({ offset: 0, features: 2, heads: 2, isCausal: false }),
      denseStep(24, OUTPUTS, false),
    ],
  },
  "that is causal, between others": {
    input: [3, 1],
    layers: () => [dense(2), multiHeadAttention({ heads: 1, causal: true }), tanh(), ...end()],
    steps: [
      (x, theta, sample) => x.flatMap((a) => denseStep(0, 2)([a], theta, sample)),
      attentionStep({ offset: 4, features: 2, heads: 1, isCausal: true }),
      tanhStep,
      denseStep(28, OUTPUTS, false),
    ],
  },
  "after attention": {
    input: [2, 2],
    layers: () => [
      multiHeadAttention({ heads: 1 }),
      multiHeadAttention({ heads: 2, causal: true }),
      ...end(),
    ],
    steps: [
      attentionStep({ offset: 0, features: 2, heads: 1, isCausal: false }),
      attentionStep({ offset: 24, features: 2, heads: 2, isCausal: true }),
      denseStep(48, OUTPUTS, false),
    ],
  },
};

for (const [name, net] of Object.entries(NETS)) {
  test(`a net with attention ${name} has the derivatives of its hyper-dual twin`, () => {
    compareWithTwin(net, name);
  });
}

test("the Hessian of a transformer block is symmetric", () => {
  using model = sequential({ input: [4, 4], seed: 1, dtype: "float64" }, block());
  using input = tensorOf(randomRows(1, 2, 16), "float64");
  using target = tensorOf(randomRows(2, 2, 16), "float64");
  const batch = { input: input.view([2, 4, 4]), target: target.view([2, 4, 4]) };
  using lin = model.linearize(squaredError(), batch);
  using u = randomVector(3, model.parameterCount, "float64");
  using v = randomVector(4, model.parameterCount, "float64");
  using hu = lin.hvp(u);
  using hv = lin.hvp(v);
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    Array.from(a).reduce((sum, x, i) => sum + x * b[i], 0);
  const [left, right] = [dot(u.data, hv.data), dot(v.data, hu.data)];
  allNear([left], [right], identityBound("float64") * (1 + Math.abs(right)), "uᵀ H v");
});

test("a sample with a length is as one that has no more steps", () => {
  for (const dtype of DTYPES) {
    for (const causal of [false, true]) {
      const layers = () => [multiHeadAttention({ heads: 2, causal }), tanh(), dense(2)];
      using long = sequential({ input: [5, 4], seed: 1, dtype }, layers());
      using short = sequential({ input: [3, 4], seed: 1, dtype }, layers());
      using rows = tensorOf(randomRows(1, 1, 20), dtype);
      using targets = tensorOf(randomRows(2, 1, 10), dtype);
      const [x, y] = [rows.view([1, 5, 4]), targets.view([1, 5, 2])];
      using padded = long.linearize(squaredError(), { input: x, target: y, lengths: [3] });
      const part = { input: rows.view([12]).view([1, 3, 4]), target: targets.view([6]) };
      using alone = short.linearize(squaredError(), {
        input: part.input,
        target: part.target.view([1, 3, 2]),
      });
      equal(padded.loss, alone.loss, "loss");
      using v = randomVector(3, long.parameterCount, dtype);
      for (const product of ["hvp", "jvp"] as const) {
        using a = padded[product](v);
        using b = alone[product](v);
        allNear(a.data.subarray(0, b.size), b.data, fewRoundings(dtype) * 8, product);
      }
      using g = padded.gradient();
      using h = alone.gradient();
      equal([...g.data], [...h.data], "gradient");
    }
  }
});

test("with causal, no later step changes an output", () => {
  using model = sequential({ input: [4, 2], seed: 1 }, [
    multiHeadAttention({ heads: 1, causal: true }),
  ]);
  using x = tensorOf(randomRows(1, 1, 8), "float32");
  using before = model.predict(x.view([1, 4, 2]));
  x.data.fill(3, 4);
  using after = model.predict(x.view([1, 4, 2]));
  equal([...after.data.subarray(0, 4)], [...before.data.subarray(0, 4)]);
  ok(after.data.subarray(4).some((value, i) => value !== before.data[i + 4]), "later ones do");
});

test("scores of any size are attended to without overflow", () => {
  for (const dtype of DTYPES) {
    using model = sequential({ input: [2, 1], dtype }, [multiHeadAttention({ heads: 1 })]);
    model.parameters.data.set([1000, 0, 1000, 0, 1, 0, 1, 0]);
    model.parametersChanged();
    using input = tensor([[[1], [-1]]], { dtype });
    using output = model.predict(input);
    equal([...output.data], [1, -1]);
  }
});

test("attention keeps its arrays as torch.nn.MultiheadAttention does, and reads them back", () => {
  const layers = () => [dense(4), multiHeadAttention({ heads: 2 })];
  using model = sequential({ input: [3, 2], seed: 1 }, layers());
  perturb(model);
  equal(model.sites.slice(1).map(({ name, form, positions }) => [name, form.name, positions]), [
    ["multiHeadAttention_2", "affine", 3],
    ["multiHeadAttention_3", "affine", 3],
  ]);
  equal(
    model.sites.slice(1).flatMap(({ arrays }) =>
      arrays.map(({ name, shape }) => [name, [...shape]])
    ),
    [
      ["1.in_proj_weight", [12, 4]],
      ["1.in_proj_bias", [12]],
      ["1.out_proj.weight", [4, 4]],
      ["1.out_proj.bias", [4]],
    ],
  );
  using other = sequential({ input: [3, 2], seed: 2 }, layers());
  load(other, save(model));
  equal([...other.parameters.data], [...model.parameters.data]);
});

test("attention begins with the weights of torch.nn.MultiheadAttention", () => {
  using model = sequential({ input: [2, 8], seed: 1 }, [multiHeadAttention({ heads: 2 })]);
  for (const [i, limit] of [Math.sqrt(6 / 32), Math.sqrt(1 / 8)].entries()) {
    const { weight, arrays: [{ shape }] } = model.sites[i];
    const weights = [...weight.data].filter((_, j) => j % 9 < 8);
    const biases = [...weight.data].filter((_, j) => j % 9 === 8);
    equal([...shape], [i === 0 ? 24 : 8, 8]);
    ok(biases.every((x) => x === 0), "biases");
    const largest = Math.max(...weights.map(Math.abs));
    ok(largest <= limit && largest > 0.9 * limit, `${largest} of ${limit}`);
  }
});

/** Attention and two dense layers, each beside a shortcut, behind a normalization. */
function block(): Layer[] {
  return [
    residual([layerNorm(), multiHeadAttention({ heads: 2, causal: true })]),
    residual([rmsNorm(), dense(8), relu(), dense(4)]),
  ];
}

test("a small transformer learns, by Adam and by a Hessian-free method", () => {
  for (const optimizer of [adam({ learningRate: 0.02 }), hessianFree()]) {
    using model = sequential({ input: [4], seed: 1 }, [embedding(4, 4), ...block(), dense(4)]);
    using input = tensor([[0, 1, 2, 3], [3, 1, 0, 2], [2, 2, 1, 0]]);
    using target = tensor([[0, 0, 1, 2], [3, 3, 1, 0], [2, 2, 2, 1]]); // the word before
    using state = optimizer.init(model);
    const problem = { model, loss: softmaxCrossEntropy(), batch: { input, target } };
    const { loss: first } = optimizer.step(state, problem);
    let last = first;
    for (let i = 0; i < 60 && last > first / 8; i++) last = optimizer.step(state, problem).loss;
    ok(last < first / 4, `${optimizer.name}: ${first} to ${last}`);
  }
});

test("methods with Kronecker factors train attention, whose sites are affine", () => {
  for (const optimizer of [kfac({ learningRate: 0.1 }), kBfgs({ learningRate: 0.3 })]) {
    const layers = [multiHeadAttention({ heads: 2 }), flatten(), dense(2)];
    using model = sequential({ input: [3, 4], seed: 1 }, layers);
    using rows = tensorOf(randomRows(1, 6, 12), "float32");
    using target = tensor([0, 1, 1, 0, 1, 0]);
    using state = optimizer.init(model);
    const batch = { input: rows.view([6, 3, 4]), target };
    const problem = { model, loss: softmaxCrossEntropy(), batch };
    const { loss: first } = optimizer.step(state, problem);
    let last = first;
    for (let i = 0; i < 100; i++) last = optimizer.step(state, problem).loss;
    ok(last < first / 2, `${optimizer.name}: ${first} to ${last}`);
  }
});

test("a method whose recursion goes down through single elements refuses attention by name", () => {
  using model = sequential({ input: [3, 4], seed: 1 }, [
    multiHeadAttention({ heads: 2 }),
    flatten(),
    dense(2),
  ]);
  const before = [...model.parameters.data];
  using input = zeros([1, 3, 4]);
  using target = tensor([1]);
  const optimizer = eaCg();
  const step = (): void => {
    using state = optimizer.init(model);
    optimizer.step(state, { model, loss: softmaxCrossEntropy(), batch: { input, target } });
  };
  throws(step, TypeError, /site "multiHeadAttention_1"/);
  equal([...model.parameters.data], before);
});

test("attention refuses samples that are no sequences, uneven heads and lengths of zero", () => {
  const make = (input: number[]) => sequential({ input }, [multiHeadAttention({ heads: 2 })]);
  throws(() => make([4]), TypeError, /samples of shape \(4\): it needs \(steps, features\)/);
  throws(() => make([2, 2, 4]), TypeError, /it needs \(steps, features\)/);
  throws(() => make([2, 3]), TypeError, /2 heads do not part 3 features evenly/);
  throws(() => multiHeadAttention({ heads: 0 }), RangeError, /heads/);
  using model = make([2, 4]);
  using input = zeros([1, 2, 4]);
  throws(() => model.predict(input, { lengths: [0] }), RangeError, /length 0/);
});

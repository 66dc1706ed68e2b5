import {
  adam,
  dense,
  type Layer,
  load,
  residual,
  save,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  tensor,
} from "../../mod.ts";
import { defineLayer } from "../../layers.ts";
import { mixing } from "./_own.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import {
  denseStep,
  halfSquares,
  SmallNet,
  softmaxLoss,
  type Step,
  tanhStep,
} from "../oracles/small_net.ts";
import { tiedStep } from "../oracles/small_net.ts";
import { REFUSING } from "../optimizers/_methods.ts";
import { compareWithNet } from "./_against_small_net.ts";

const INPUTS = 3;
const CODE = { offset: 0, rows: 2, columns: INPUTS, stride: INPUTS + 1 };
const SQUARE = { offset: 12, rows: 3, columns: 3, stride: 3 };

interface Case {
  readonly layers: () => Layer[];
  readonly steps: Step[];
  readonly uses: number[];
}

const NETS: Readonly<Record<string, Case>> = {
  autoencoder: {
    layers: () => [dense(2), tanh(), dense(3, { tiedTo: "dense_1", transpose: true })],
    steps: [denseStep(0, 2), tanhStep, tiedStep(CODE, true, 8)],
    uses: [2, 1],
  },
  "without a bias of its own": {
    layers: () => [
      dense(2),
      tanh(),
      dense(3, { tiedTo: "dense_1", transpose: true, bias: false }),
      tanh(),
    ],
    steps: [denseStep(0, 2), tanhStep, tiedStep(CODE, true), tanhStep],
    uses: [2],
  },
  "three uses, one before its owner": {
    layers: () => [
      dense(3),
      residual([]),
      dense(3, { tiedTo: "dense_2", bias: false }),
      tanh(),
      dense(3, { bias: false }),
      tanh(),
      dense(3, { tiedTo: "dense_2", transpose: true }),
    ],
    steps: [
      denseStep(0, 3),
      (x) => x.map((a) => [2 * a[0], 2 * a[1], 2 * a[2], 2 * a[3]] as const),
      tiedStep(SQUARE, false),
      tanhStep,
      denseStep(12, 3, false),
      tanhStep,
      tiedStep(SQUARE, true, 21),
    ],
    uses: [1, 3, 1],
  },
};

const tied = () => [dense(2), tanh(), dense(3, { tiedTo: "dense_1", transpose: true })];

test("weights tied at each step of a sequence are those tied at each of many samples", () => {
  using model = sequential({ input: [4, 3], seed: 1, dtype: "float64" }, tied());
  using single = sequential({ input: [3], seed: 1, dtype: "float64" }, tied());
  using input = tensorOf(randomRows(1, 8, 3), "float64");
  const sequences = input.view([2, 4, 3]);
  using lin = model.linearize(squaredError(), { input: sequences, target: sequences });
  using rows = single.linearize(squaredError(), { input, target: input });
  using v = tensor(randomRows(2, 1, 11)[0], { dtype: "float64" });
  const bound = identityBound("float64");
  using moved = lin.jvp(v);
  using expected = rows.jvp(v);
  allNear(moved.data, expected.data, bound, "J v");
  using gradient = lin.gradient();
  using mean = rows.gradient();
  allNear(gradient.data, [...mean.data].map((x) => 4 * x), bound, "gradient");
  using curved = lin.hvp(v);
  using product = rows.hvp(v);
  allNear(curved.data, [...product.data].map((x) => 4 * x), bound, "H v");
});

for (const [name, { layers, steps, uses }] of Object.entries(NETS)) {
  test(`tied weights (${name}) have the derivatives of their hyper-dual twin`, () => {
    for (const dtype of DTYPES) {
      for (
        const [loss, twin] of [[squaredError(), halfSquares], [
          softmaxCrossEntropy(),
          softmaxLoss,
        ]] as const
      ) {
        for (const batchSize of [1, 4]) {
          using model = sequential({ input: [INPUTS], seed: 6, dtype }, layers());
          equal(model.sites.map((site) => site.uses), uses);
          const x = randomRows(1, batchSize, INPUTS);
          const y = randomRows(2, batchSize, 3).map((row) => row.map(Math.abs));
          using input = tensorOf(x, dtype);
          using target = tensorOf(y, dtype);
          using lin = model.linearize(loss, { input, target });
          const net = new SmallNet(steps, twin, model.parameters.data, x, y);
          compareWithNet(model, lin, net, `${name}, ${loss.name}, B ${batchSize}, ${dtype}`);
        }
      }
    }
  });
}

test("tied weights see no padding of sequences of unequal lengths", () => {
  using model = sequential({ input: [4, 3], seed: 1, dtype: "float64" }, tied());
  using single = sequential({ input: [3], seed: 1, dtype: "float64" }, tied());
  using input = tensorOf(randomRows(1, 8, 3), "float64");
  const rows = randomRows(1, 8, 3).filter((_, n) => ![3, 6, 7].includes(n));
  using valid = tensorOf(rows, "float64");
  const sequences = input.view([2, 4, 3]);
  const batch = { input: sequences, target: sequences, lengths: [3, 2] };
  using lin = model.linearize(squaredError(), batch);
  using plain = single.linearize(squaredError(), { input: valid, target: valid });
  using gradient = lin.gradient();
  using mean = plain.gradient();
  const bound = identityBound("float64");
  allNear(gradient.data, [...mean.data].map((x) => 5 / 2 * x), bound, "gradient");
  using samples = lin.perSampleGradients();
  const sums = [...mean.data].map((_, p) => (samples.data[p] + samples.data[mean.size + p]) / 2);
  allNear(sums, gradient.data, bound, "gradients of samples");
  using v = tensor(randomRows(2, 1, 11)[0], { dtype: "float64" });
  using curved = lin.hvp(v);
  using product = plain.hvp(v);
  allNear(curved.data, [...product.data].map((x) => 5 / 2 * x), bound, "H v");
});

test("products restricted to a tied site are its columns and rows of the full ones", () => {
  using model = sequential({ input: [3], dtype: "float64" }, tied());
  using input = tensorOf(randomRows(1, 4, 3), "float64");
  using lin = model.linearize(squaredError(), { input, target: input });
  using v = tensor(randomRows(2, 1, 11)[0], { dtype: "float64" });
  using masked = tensor([...v.data].map((x, p) => p < 8 ? x : 0), { dtype: "float64" });
  using restricted = lin.jvp(v, undefined, [0]);
  using full = lin.jvp(masked);
  equal([...restricted.data], [...full.data]);
  using pulled = lin.vjp(full);
  using part = lin.vjp(full, undefined, [0]);
  equal([...part.data], [...pulled.data].map((x, p) => p < 8 ? x : 0));
});

test("dense() is tied to what lends its weight, not to what is called dense", () => {
  const own = defineLayer({ ...mixing(3), name: "dense" });
  const layers = [own, dense(3, { tiedTo: "dense_1" })];
  throws(
    () => sequential({ input: [3] }, layers),
    TypeError,
    /it lends no weight, as dense and embedding do/,
  );
});

test("shared weights are in a file once", () => {
  using model = sequential({ input: [3], seed: 1 }, tied());
  const names = model.sites.flatMap(({ arrays }) => arrays.map(({ name }) => name));
  equal(names, ["0.weight", "0.bias", "2.bias"]);
  using other = sequential({ input: [3], seed: 2 }, tied());
  load(other, save(model));
  equal([...other.parameters.data], [...model.parameters.data]);
});

test("methods with Kronecker factors refuse shared weights by name if they are to, Adam trains them", () => {
  using model = sequential({ input: [3], seed: 1 }, tied());
  for (const make of REFUSING) {
    throws(() => make().init(model), TypeError, /site "dense_1" is shared/);
  }
  const optimizer = adam({ learningRate: 0.05 });
  using input = tensorOf(randomRows(1, 4, 3), "float32");
  using state = optimizer.init(model);
  const problem = { model, loss: squaredError(), batch: { input, target: input } };
  const { loss: first } = optimizer.step(state, problem);
  let last = first;
  for (let i = 0; i < 100; i++) last = optimizer.step(state, problem).loss;
  ok(last < first / 2, `${first} to ${last}`);
});

test("dense() refuses ties to what is not there or does not fit", () => {
  const make = (layer: Layer, first: Layer = dense(2)) => () =>
    sequential({ input: [3] }, [first, layer]);
  throws(make(dense(3, { tiedTo: "dense_7" })), TypeError, /"dense_7": there is no such site/);
  throws(
    make(dense(4, { tiedTo: "dense_1", transpose: true })),
    TypeError,
    /its weight is \(2, 3\)/,
  );
  throws(make(dense(2, { tiedTo: "dense_1" })), TypeError, /the layer needs \(2, 2\)/);
  throws(() => dense(3, { transpose: true }), TypeError, /needs tiedTo/);
});

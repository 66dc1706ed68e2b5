import {
  adam,
  dense,
  flatten,
  layerNorm,
  load,
  NonFiniteError,
  save,
  sequential,
  sgd,
  squaredError,
  tanh,
  tensor,
} from "../../../mod.ts";
import { allNear, equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { fewRoundings } from "../../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../../_support/twins.ts";
import { denseStep, layerNormStep, tanhStep } from "../../oracles/small_net.ts";
import { REFUSING } from "../../optimizers/_methods.ts";
import { compareWithTwin, OUTPUTS, perturb, type TwinCase } from "../_against_small_net.ts";

const NETS: Readonly<Record<string, TwinCase>> = {
  between: {
    input: [3],
    layers: () => [dense(4), layerNorm({ epsilon: 0.01 }), tanh(), dense(OUTPUTS)],
    steps: [denseStep(0, 4), layerNormStep(16, 4, 0.01), tanhStep, denseStep(24, OUTPUTS)],
  },
  first: {
    input: [2, 3],
    layers: () => [layerNorm(), flatten(), dense(OUTPUTS, { bias: false })],
    steps: [layerNormStep(0, 3, 1e-5), denseStep(6, OUTPUTS, false)],
  },
  last: {
    input: [4],
    layers: () => [dense(5), tanh(), dense(OUTPUTS), layerNorm({ epsilon: 0.1 })],
    steps: [denseStep(0, 5), tanhStep, denseStep(25, OUTPUTS), layerNormStep(43, OUTPUTS, 0.1)],
  },
};

for (const [name, net] of Object.entries(NETS)) {
  test(`a net with layerNorm() (${name}) has the derivatives of its hyper-dual twin`, () => {
    compareWithTwin(net, name);
  });
}

test("layerNorm() begins as the normalized input, whose rows have mean 0 and variance 1", () => {
  for (const dtype of DTYPES) {
    using model = sequential({ input: [2, 64], dtype }, [layerNorm({ epsilon: 1e-30 })]);
    using flat = tensorOf(randomRows(5, 3, 128), dtype);
    flat.data.forEach((x, i) => flat.data[i] = 1000 + x); // cancellation would show
    using y = model.predict(flat.view([3, 2, 64]));
    for (let row = 0; row < 6; row++) {
      const values = [...y.data.subarray(row * 64, (row + 1) * 64)];
      const mean = values.reduce((sum, v) => sum + v, 0) / 64;
      const square = values.reduce((sum, v) => sum + v * v, 0) / 64;
      allNear([mean, square], [0, 1], fewRoundings(dtype), "mean and variance");
    }
  }
});

test("a constant row becomes its shift", () => {
  using model = sequential({ input: [3] }, [layerNorm()]);
  model.parameters.data.set([2, 0.5, 3, -1, 4, 0.25]);
  model.parametersChanged();
  using x = tensor([[7, 7, 7]]);
  using y = model.predict(x);
  equal([...y.data], [0.5, -1, 0.25]);
});

test("layerNorm() keeps scale and shift as PyTorch does, and reads them back", () => {
  const layers = () => [dense(3), layerNorm()];
  using model = sequential({ input: [2], seed: 1 }, layers());
  perturb(model);
  const [, site] = model.sites;
  equal([site.name, site.form.name, site.uses], ["layerNorm_2", "scale", 1]);
  equal(site.weight.shape, [3, 2]);
  equal(site.arrays.map(({ name, shape }) => [name, [...shape]]), [["1.weight", [3]], [
    "1.bias",
    [3],
  ]]);
  using other = sequential({ input: [2], seed: 2 }, layers());
  load(other, save(model));
  equal([...other.parameters.data], [...model.parameters.data]);
});

test("methods with Kronecker factors refuse layerNorm() by name before anything changes, if they are to", () => {
  using model = sequential({ input: [2] }, [dense(3), layerNorm(), dense(1)]);
  const before = [...model.parameters.data];
  for (const make of REFUSING) {
    throws(
      () => make().init(model),
      TypeError,
      /Cannot start \w+: site "layerNorm_2" scales.*supported are dense, conv2d/,
    );
  }
  equal([...model.parameters.data], before);
});

test("SGD and Adam train scales and shifts", () => {
  for (const optimizer of [sgd({ learningRate: 0.1 }), adam({ learningRate: 0.02 })]) {
    using model = sequential({ input: [2], seed: 1 }, [dense(4), layerNorm(), tanh(), dense(1)]);
    using input = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
    using target = tensor([[0], [1], [1], [0]]);
    using state = optimizer.init(model);
    const problem = { model, loss: squaredError(), batch: { input, target } };
    const { loss: first } = optimizer.step(state, problem);
    let last = first;
    for (let i = 0; i < 200; i++) last = optimizer.step(state, problem).loss;
    ok(last < first / 4, `${optimizer.name}: ${first} to ${last}`);
    const { data } = model.sites[1].weight;
    ok(
      data.some((x, i) => i % 2 === 0 && x !== 1) && data.some((x, i) => i % 2 === 1 && x !== 0),
      "both move",
    );
  }
});

test("a scale that is not finite is named by its site", () => {
  using model = sequential({ input: [2] }, [dense(3), layerNorm()]);
  model.sites[1].weight.data[2] = NaN;
  model.parametersChanged();
  using input = tensor([[1, 2]]);
  using target = tensor([[1, 2, 3]]);
  const linearize = () => model.linearize(squaredError(), { input, target });
  throws(linearize, NonFiniteError, /site "layerNorm_2", parameters/);
});

test("layerNorm() refuses what has no last axis, and a bad epsilon", () => {
  throws(() => sequential({ input: [] }, [layerNorm()]), TypeError, /Cannot apply layerNorm/);
  throws(() => layerNorm({ epsilon: 0 }), RangeError, /epsilon must be positive/);
});

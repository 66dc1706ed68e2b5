// rmsNorm() and groupNorm(); layerNorm(), which shares their sweeps, has a file of its own.
import {
  adam,
  conv2d,
  dense,
  flatten,
  groupNorm,
  lbfgs,
  load,
  rmsNorm,
  save,
  sequential,
  squaredError,
  tanh,
  tensor,
  zeros,
} from "../../../mod.ts";
import { allNear, equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { fewRoundings } from "../../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../../_support/twins.ts";
import { denseStep, normalizationStep, tanhStep } from "../../oracles/small_net.ts";
import { methodsWhere } from "../../optimizers/_methods.ts";
import { compareWithTwin, OUTPUTS, perturb, type TwinCase } from "../_against_small_net.ts";

/** Far from 0, against a spread of 1. */
const OFFSET = 1000;
const rms = (channels: number, epsilon: number) => ({ channels, epsilon, isRootMeanSquare: true });

const NETS: Readonly<Record<string, TwinCase>> = {
  "rmsNorm() between others": {
    input: [3],
    layers: () => [dense(4), rmsNorm({ epsilon: 0.01 }), tanh(), dense(OUTPUTS)],
    steps: [denseStep(0, 4), normalizationStep(16, rms(4, 0.01)), tanhStep, denseStep(20, OUTPUTS)],
  },
  "rmsNorm() first": {
    input: [2, 3],
    layers: () => [rmsNorm({ epsilon: 0.1 }), flatten(), dense(OUTPUTS, { bias: false })],
    steps: [normalizationStep(0, rms(3, 0.1)), denseStep(3, OUTPUTS, false)],
  },
  "rmsNorm() last": {
    input: [4],
    layers: () => [dense(OUTPUTS), rmsNorm({ epsilon: 0.1 })],
    steps: [denseStep(0, OUTPUTS), normalizationStep(15, rms(OUTPUTS, 0.1))],
  },
  "groupNorm() of images": {
    input: [2, 2, 4],
    layers: () => [groupNorm(2, { epsilon: 0.01 }), flatten(), dense(OUTPUTS, { bias: false })],
    steps: [
      normalizationStep(0, { channels: 4, positions: 4, groups: 2, epsilon: 0.01 }),
      denseStep(8, OUTPUTS, false),
    ],
  },
  "groupNorm() of features between others": {
    input: [3],
    layers: () => [dense(6), groupNorm(3, { epsilon: 0.1 }), tanh(), dense(OUTPUTS)],
    steps: [
      denseStep(0, 6),
      normalizationStep(24, { channels: 6, groups: 3, epsilon: 0.1 }),
      tanhStep,
      denseStep(36, OUTPUTS),
    ],
  },
};

for (const [name, net] of Object.entries(NETS)) {
  test(`a net with ${name} has the derivatives of its hyper-dual twin`, () => {
    compareWithTwin(net, name);
  });
}

test("groupNorm() begins with groups of mean 0 and variance 1 over all positions of a sample", () => {
  for (const dtype of DTYPES) {
    using model = sequential({ input: [8, 4, 6], dtype }, [groupNorm(2, { epsilon: 1e-30 })]);
    using x = tensorOf(randomRows(5, 3, 8 * 4 * 6), dtype);
    x.data.forEach((value, i) => x.data[i] = OFFSET + value); // cancellation would show
    using y = model.predict(x.view([3, 8, 4, 6]));
    for (let n = 0; n < 3; n++) {
      for (const group of [0, 1]) {
        const values = [...y.data.subarray(n * 192, (n + 1) * 192)]
          .filter((_, i) => Math.floor(i % 6 / 3) === group);
        const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
        const square = values.reduce((sum, v) => sum + v * v, 0) / values.length;
        allNear([mean, square], [0, 1], OFFSET * fewRoundings(dtype), "mean and variance");
      }
    }
  }
});

test("rmsNorm() without a setting adds the distance from 1 to the next number of the dtype", () => {
  for (const [dtype, distance] of [["float32", 2 ** -23], ["float64", 2 ** -52]] as const) {
    using model = sequential({ input: [2], dtype }, [rmsNorm()]);
    using x = tensor([[Math.sqrt(distance), Math.sqrt(distance)]], { dtype });
    using y = model.predict(x);
    allNear(y.data, [Math.sqrt(0.5), Math.sqrt(0.5)], fewRoundings(dtype), dtype);
  }
});

test("rmsNorm() and groupNorm() keep their arrays as PyTorch does, and read them back", () => {
  const layers = () => [conv2d(4, { kernel: 1 }), groupNorm(2), rmsNorm()];
  using model = sequential({ input: [2, 2, 1], seed: 1 }, layers());
  perturb(model);
  const [, group, rms] = model.sites;
  equal([group, rms].map(({ form, weight }) => [form.name, [...weight.shape]]), [
    ["scale", [4, 2]],
    ["scale", [4, 1]],
  ]);
  equal(
    [group, rms].flatMap(({ arrays }) => arrays.map(({ name, shape }) => [name, [...shape]])),
    [["1.weight", [4]], ["1.bias", [4]], ["2.weight", [4]]],
  );
  equal([...rms.weight.data].length, 4);
  using other = sequential({ input: [2, 2, 1], seed: 2 }, layers());
  load(other, save(model));
  equal([...other.parameters.data], [...model.parameters.data]);
});

test("methods with Kronecker factors refuse them by name, if told to, before anything changes", () => {
  for (const [name, layer] of [["rmsNorm", rmsNorm()], ["groupNorm", groupNorm(3)]] as const) {
    using model = sequential({ input: [2] }, [dense(3), layer, dense(1)]);
    const before = [...model.parameters.data];
    for (
      const make of methodsWhere(({ sites, make }) =>
        sites !== "dense" && "fallback" in make().options
      )
    ) {
      throws(
        () => make({ fallback: "refuse" }).init(model),
        TypeError,
        new RegExp(`site "${name}_2" scales`),
      );
    }
    equal([...model.parameters.data], before);
  }
});

test("Adam and L-BFGS train them", () => {
  for (const layer of [rmsNorm(), groupNorm(2)]) {
    for (const optimizer of [adam({ learningRate: 0.02 }), lbfgs()]) {
      using model = sequential({ input: [2], seed: 1 }, [dense(8), layer, tanh(), dense(1)]);
      using input = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
      using target = tensor([[0], [1], [1], [0]]);
      using state = optimizer.init(model);
      const problem = { model, loss: squaredError(), batch: { input, target } };
      const { loss: first } = optimizer.step(state, problem);
      let last = first;
      for (let i = 0; i < 200 && last > first / 8; i++) {
        last = optimizer.step(state, problem).loss;
      }
      ok(last < first / 4, `${layer.kind}, ${optimizer.name}: ${first} to ${last}`);
    }
  }
});

test("batches with lengths pass through rmsNorm(); groupNorm(), in which steps meet, refuses them", () => {
  using input = zeros([2, 3, 2]);
  using stepwise = sequential({ input: [3, 2] }, [dense(4), rmsNorm()]);
  using output = stepwise.predict(input, { lengths: [2, 3] });
  equal(output.shape, [2, 3, 4]);
  using meeting = sequential({ input: [3, 2] }, [dense(4), groupNorm(2)]);
  throws(
    () => meeting.predict(input, { lengths: [2, 3] }),
    TypeError,
    /layer 2, groupNorm, mixes time steps/,
  );
});

test("they refuse what has no last axis, groups that do not part the channels, and bad settings", () => {
  throws(() => sequential({ input: [] }, [rmsNorm()]), TypeError, /Cannot apply rmsNorm/);
  throws(() => sequential({ input: [] }, [groupNorm(1)]), TypeError, /Cannot apply groupNorm/);
  throws(
    () => sequential({ input: [5, 4] }, [groupNorm(3)]),
    TypeError,
    /samples of shape \(5, 4\): 3 groups do not part 4 channels evenly/,
  );
  throws(() => groupNorm(0), RangeError, /groups/);
  throws(() => groupNorm(1, { epsilon: 0 }), RangeError, /epsilon must be positive/);
  throws(() => rmsNorm({ epsilon: -1 }), RangeError, /epsilon must be positive/);
});

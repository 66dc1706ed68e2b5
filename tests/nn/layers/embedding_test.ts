import {
  adam,
  concatenation,
  dense,
  embedding,
  flatten,
  hessianFree,
  type Layer,
  load,
  lstm,
  memoryUsage,
  residual,
  save,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  tensor,
  zeros,
} from "../../../mod.ts";
import { checkLayer } from "../../../layers.ts";
import { equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { DTYPES, randomRows, tensorOf } from "../../_support/twins.ts";
import {
  denseStep,
  halfSquares,
  lookupStep,
  SmallNet,
  softmaxLoss,
  type Step,
  tanhStep,
  tiedStep,
} from "../../oracles/small_net.ts";
import { methodsWhere } from "../../optimizers/_methods.ts";
import { compareWithNet, perturb } from "../_against_small_net.ts";
import { suited } from "../_layers.ts";

const OUTPUTS = 3;
/** Five standard deviations of the mean of 10,000 standard normal numbers; more than three of that of their squares. */
const SPREAD = 0.05;
const LOSSES = [
  { loss: squaredError(), twin: halfSquares },
  { loss: softmaxCrossEntropy(), twin: softmaxLoss },
];

interface Case {
  readonly input: number[];
  readonly layers: () => Layer[];
  readonly steps: Step[];
}

const NETS: Readonly<Record<string, Case>> = {
  "of sequences": {
    input: [4],
    layers: () => [embedding(5, 2), flatten(), dense(OUTPUTS)],
    steps: [lookupStep(0, 2), denseStep(10, OUTPUTS)],
  },
  "of single indices": {
    input: [],
    layers: () => [embedding(4, 3), tanh(), dense(OUTPUTS)],
    steps: [lookupStep(0, 3), tanhStep, denseStep(12, OUTPUTS)],
  },
  "with a padding index": {
    input: [4],
    layers: () => [embedding(3, 2, { paddingIndex: 1 }), tanh(), flatten(), dense(OUTPUTS)],
    steps: [lookupStep(0, 2, 1), tanhStep, denseStep(6, OUTPUTS)],
  },
  "whose table is the output layer's too": {
    input: [],
    layers: () => [embedding(OUTPUTS, 4), tanh(), dense(OUTPUTS, { tiedTo: "embedding_1" })],
    steps: [
      lookupStep(0, 4),
      tanhStep,
      tiedStep({ offset: 0, rows: OUTPUTS, columns: 4, stride: 4 }, false, 12),
    ],
  },
};

for (const [name, { input: shape, layers, steps }] of Object.entries(NETS)) {
  test(`a net with an embedding() ${name} has the derivatives of its hyper-dual twin`, () => {
    for (const dtype of DTYPES) {
      for (const { loss, twin } of LOSSES) {
        for (const batchSize of [1, 3]) {
          using model = sequential({ input: shape, seed: 4, dtype }, layers());
          perturb(model);
          const size = shape.reduce((a, b) => a * b, 1);
          using flat = suited(tensorOf(randomRows(1, batchSize, size), dtype), model.layers);
          const x = flat.toArray() as number[][];
          const y = randomRows(2, batchSize, OUTPUTS).map((row) => row.map(Math.abs));
          using target = tensorOf(y, dtype);
          using lin = model.linearize(loss, { input: flat.view([batchSize, ...shape]), target });
          const net = new SmallNet(steps, twin, model.parameters.data, x, y);
          compareWithNet(model, lin, net, `${name}, ${loss.name}, B ${batchSize}, ${dtype}`);
        }
      }
    }
  });
}

test("embedding() begins with standard normal rows, and the padding index with zeros", () => {
  using model = sequential({ input: [], seed: 3 }, [embedding(200, 50, { paddingIndex: 7 })]);
  const data = [...model.parameters.data];
  equal(data.slice(350, 400), new Array(50).fill(0));
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  const square = data.reduce((sum, x) => sum + x * x, 0) / data.length;
  ok(Math.abs(mean) < SPREAD && Math.abs(square - 1) < SPREAD, `${mean}, ${square}`);
});

test("the row of the padding index is read, and takes no gradient", () => {
  using model = sequential({ input: [2], dtype: "float64" }, [
    embedding(3, 2, { paddingIndex: 2 }),
  ]);
  model.parameters.data.set([1, 2, 3, 4, 5, 6]);
  model.parametersChanged();
  using input = tensor([[2, 0]], { dtype: "float64" });
  using target = zeros([1, 2, 2], { dtype: "float64" });
  using lin = model.linearize(squaredError(), { input, target });
  equal([...lin.output.data], [5, 6, 1, 2]);
  using gradient = lin.gradient();
  equal([...gradient.data], [1, 2, 0, 0, 0, 0]);
  ok(checkLayer(embedding(3, 2, { paddingIndex: 2 }), { input: [9] }).isSound, "the checker knows");
});

test("embedding() keeps its table as PyTorch does, and reads it back", () => {
  const layers = () => [embedding(5, 3), flatten(), dense(2)];
  using model = sequential({ input: [4], seed: 1 }, layers());
  const [site] = model.sites;
  equal([site.name, site.form.name, site.positions], ["embedding_1", "lookup", 4]);
  equal(site.arrays.map(({ name, shape }) => [name, [...shape]]), [["0.weight", [5, 3]]]);
  using other = sequential({ input: [4], seed: 2 }, layers());
  load(other, save(model));
  equal([...other.parameters.data], [...model.parameters.data]);
});

test("what is no index is refused by its sample and place before anything runs", () => {
  using model = sequential({ input: [3], seed: 1 }, [embedding(4, 2), flatten(), dense(1)]);
  using target = zeros([2, 1]);
  for (const wrong of [-1, 4, 0.5, 1e9]) {
    using input = tensor([[0, 1, 2], [3, wrong, 0]]);
    const uses: Record<string, () => unknown> = {
      predict: () => model.predict(input),
      linearize: () => model.linearize(squaredError(), { input, target }),
      "run the model": () => model.visitInputs(input, () => {}),
    };
    for (const [action, use] of Object.entries(uses)) {
      const { liveBytes } = memoryUsage();
      const words = `Cannot ${action}: index 1 of sample 1 is ${wrong}, it must be a whole`;
      throws(use, RangeError, new RegExp(`^${words} number from 0 to 3$`));
      equal(memoryUsage().liveBytes, liveBytes, "nothing was made");
    }
  }
  using single = sequential({ input: [] }, [embedding(4, 2)]);
  using one = tensor([0, 9]);
  throws(() => single.predict(one), RangeError, /: the index of sample 1 is 9, /);
  using large = tensor(Array.from({ length: 3000 }, (_, i) => i === 2999 ? 4 : 0), {
    shape: [1000, 3],
  });
  throws(() => model.predict(large), RangeError, /index 2 of sample 999 is 4/);
});

test("of sequences with lengths only valid steps must be indices; padding changes no bit", () => {
  for (const dtype of DTYPES) {
    using model = sequential({ input: [4], seed: 1, dtype }, [embedding(5, 2), lstm(3), dense(2)]);
    const run = (padding: number): number[] => {
      using input = tensor([[1, 2, padding, padding], [4, 0, 3, padding]], { dtype });
      using target = tensor(randomRows(1, 8, 2), { dtype });
      const batch = { input, target: target.view([2, 4, 2]), lengths: [2, 3] };
      using lin = model.linearize(squaredError(), batch);
      using gradient = lin.gradient();
      using curved = lin.hvp(gradient);
      using rows = lin.perSampleGradients();
      return [lin.loss, ...lin.output.data, ...gradient.data, ...curved.data, ...rows.data];
    };
    equal(run(-7.5), run(2), dtype);
    using input = tensor([[1, 2, 9, 9], [4, 0, 9, 9]], { dtype });
    throws(() => model.predict(input, { lengths: [2, 3] }), RangeError, /index 2 of sample 1 is 9/);
  }
});

test("an index that a batch lacks has no gradient, one that it has twice the sum", () => {
  using model = sequential({ input: [2], dtype: "float64" }, [embedding(3, 1)]);
  model.parameters.data.set([1, 10, 100]);
  model.parametersChanged();
  using input = tensor([[0, 0], [2, 0]], { dtype: "float64" });
  using target = tensor([[[0], [-1]], [[0], [3]]], { dtype: "float64" });
  using lin = model.linearize(squaredError(), { input, target });
  using gradient = lin.gradient();
  equal([...gradient.data], [0.5, 0, 50]);
});

test("embedding() comes first, alone or in branches, and any other place is refused by name", () => {
  throws(
    () => sequential({ input: [2] }, [dense(2), embedding(3, 2)]),
    TypeError,
    /Cannot put layer 2, embedding, behind another: it takes indices/,
  );
  throws(
    () => sequential({ input: [2] }, [dense(2), residual([embedding(3, 2)])]),
    TypeError,
    /layer 2, residual/,
  );
  const sides = concatenation([[embedding(3, 2)], [embedding(2, 1)]]);
  using model = sequential({ input: [2], seed: 1 }, [sides, flatten(), dense(1)]);
  using input = tensor([[0, 1]]);
  using output = model.predict(input);
  equal(output.shape, [1, 1]);
  using wrong = tensor([[0, 2]]);
  throws(() => model.predict(wrong), RangeError, /from 0 to 1$/);
});

test("a layer that says how many indices it takes says a whole number", () => {
  const layer = { ...embedding(3, 2), indexCount: 0.5 };
  throws(() => sequential({ input: [] }, [layer]), RangeError, /indexCount of layer 1 must be/);
});

test("float32 refuses more indices than it tells apart", () => {
  const { liveBytes } = memoryUsage();
  const count = 2 ** 24 + 2;
  throws(
    () => sequential({ input: [] }, [embedding(count, 1)]),
    RangeError,
    /float32 does not tell 16777218 indices apart, float64 does/,
  );
  equal(memoryUsage().liveBytes, liveBytes);
});

test("embedding() refuses bad counts and a padding index that is none", () => {
  throws(() => embedding(0, 2), RangeError, /count/);
  throws(() => embedding(2, 0.5), RangeError, /features/);
  throws(() => embedding(2, 2, { paddingIndex: 2 }), RangeError, /paddingIndex/);
});

test("methods with Kronecker factors refuse it by name, if told to, before anything changes", () => {
  using model = sequential({ input: [] }, [embedding(3, 2), dense(1)]);
  const before = [...model.parameters.data];
  for (
    const make of methodsWhere(({ sites, make }) =>
      sites !== "dense" && "fallback" in make().options
    )
  ) {
    throws(
      () => make({ fallback: "refuse" }).init(model),
      TypeError,
      /site "embedding_1" looks its rows up/,
    );
  }
  equal([...model.parameters.data], before);
});

test("Adam and a Hessian-free method train a table", () => {
  for (const optimizer of [adam({ learningRate: 0.05 }), hessianFree()]) {
    const layers = [embedding(4, 3), flatten(), dense(2)];
    using model = sequential({ input: [2], seed: 1 }, layers);
    using input = tensor([[0, 1], [1, 0], [2, 3], [3, 3]]);
    using target = tensor([0, 1, 1, 0]);
    using state = optimizer.init(model);
    const problem = { model, loss: softmaxCrossEntropy(), batch: { input, target } };
    const { loss: first } = optimizer.step(state, problem);
    let last = first;
    for (let i = 0; i < 40; i++) last = optimizer.step(state, problem).loss;
    ok(last < first / 4, `${optimizer.name}: ${first} to ${last}`);
  }
});

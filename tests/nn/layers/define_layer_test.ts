import {
  adam,
  dense,
  kfac,
  type Layer,
  load,
  NonFiniteError,
  save,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tensor,
} from "../../../mod.ts";
import { checkLayer, checkModel, defineLayer, type LayerDefinition } from "../../../layers.ts";
import { checkpoint, restore } from "../../../checkpoint.ts";
import { equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { DTYPES, randomRows, tensorOf } from "../../_support/twins.ts";
import { add, multiply, sum, tanh } from "../../oracles/hyper_dual.ts";
import {
  denseStep,
  halfSquares,
  SmallNet,
  softmaxLoss,
  type Step,
} from "../../oracles/small_net.ts";
import { compareWithNet } from "../_against_small_net.ts";
import { mixing } from "../_own.ts";

const SIZE = 3;

const mixingStep = (offset: number): Step => (x, theta) =>
  x.map((_, i) => {
    const z = sum(x.map((a, j) => multiply(theta[offset + i * SIZE + j], a)));
    return add(tanh(z), theta[offset + SIZE * SIZE + i]);
  });

const own = (changed: Partial<LayerDefinition> = {}): Layer =>
  defineLayer({ ...mixing(SIZE), ...changed });
const layers = (changed?: Partial<LayerDefinition>): Layer[] => [
  dense(SIZE),
  own(changed),
  dense(SIZE),
];

test("a net with a layer of one's own has the derivatives of its hyper-dual twin", () => {
  for (const dtype of DTYPES) {
    for (
      const [loss, twin] of [[squaredError(), halfSquares], [
        softmaxCrossEntropy(),
        softmaxLoss,
      ]] as const
    ) {
      for (const batchSize of [1, 4]) {
        using model = sequential({ input: [2], seed: 3, dtype }, layers());
        const x = randomRows(1, batchSize, 2);
        const y = randomRows(2, batchSize, SIZE).map((row) => row.map(Math.abs));
        using input = tensorOf(x, dtype);
        using target = tensorOf(y, dtype);
        using lin = model.linearize(loss, { input, target });
        const steps = [denseStep(0, SIZE), mixingStep(9), denseStep(21, SIZE)];
        const net = new SmallNet(steps, twin, model.parameters.data, x, y);
        compareWithNet(model, lin, net, `${loss.name}, B ${batchSize}, ${dtype}`);
      }
    }
  }
});

test("its parameters are sites of the form free, with arrays of their names in files", async () => {
  using model = sequential({ input: [2], seed: 1 }, layers());
  equal(model.sites.map(({ name, form }) => [name, form.name]), [
    ["dense_1", "affine"],
    ["mixing_2", "free"],
    ["mixing_3", "free"],
    ["dense_4", "affine"],
  ]);
  const arrays = model.sites.slice(1, 3).flatMap((site) => site.arrays);
  equal(arrays.map(({ name, shape }) => [name, [...shape]]), [["1.weight", [3, 3]], ["1.shift", [
    3,
  ]]]);
  using other = sequential({ input: [2], seed: 2 }, layers());
  load(other, save(model));
  equal([...other.parameters.data], [...model.parameters.data]);
  using state = adam().init(model);
  using fresh = sequential({ input: [2], seed: 2 }, layers());
  const bytes = await checkpoint({ model, optimizer: adam(), state });
  using restored = await restore(bytes, { model: fresh, optimizer: adam() });
  equal([...fresh.parameters.data], [...model.parameters.data]);
  equal(restored.step, 0);
});

test("the checkers find a right layer sound, by itself and in a model, in both dtypes", () => {
  for (const dtype of DTYPES) {
    ok(checkLayer(own(), { input: [SIZE], dtype }).isSound, dtype);
    using model = sequential({ input: [2], seed: 1, dtype }, layers());
    using input = tensorOf(randomRows(1, 4, 2), dtype);
    using target = tensorOf(randomRows(2, 4, SIZE), dtype);
    const report = checkModel(model, { loss: squaredError(), batch: { input, target } });
    ok(report.isSound, dtype);
  }
});

test("without secondOrder() Hessian products are refused by name, the rest works", () => {
  const { secondOrder: _, ...first } = mixing(SIZE);
  using model = sequential({ input: [2] }, [dense(SIZE), defineLayer(first), dense(SIZE)]);
  using input = tensorOf(randomRows(1, 4, 2), "float32");
  using target = tensorOf(randomRows(2, 4, SIZE), "float32");
  using lin = model.linearize(squaredError(), { input, target });
  using gradient = lin.gradient();
  throws(() => lin.hvp(gradient), TypeError, /layer "mixing" defines no secondOrder/);
  using moved = lin.jvp(gradient);
  equal(moved.shape, [4, SIZE]);
  const report = checkModel(model, { loss: squaredError(), batch: { input, target } });
  equal(report.findings.some(({ check }) => /Hessian is/.test(check)), false);
  ok(report.isSound, "it is sound as far as it goes");
});

test("a NaN that a user's layer makes is named, and nothing is changed", () => {
  const spoil: Record<string, [Partial<LayerDefinition>, RegExp]> = {
    forward: [{ forward: (_, y) => void y.fill(NaN) }, /layer "mixing", forward\(\) is not finite/],
    vjp: [{ vjp: (_, __, out) => void out.x.fill(NaN) }, /layer "mixing", vjp\(\) is not finite/],
    gradients: [
      { vjp: (_, __, out) => void out.parameters.shift.fill(Infinity) },
      /layer "mixing", vjp\(\) is not finite/,
    ],
  };
  for (const [changed, pattern] of Object.values(spoil)) {
    using model = sequential({ input: [2], seed: 1 }, layers(changed));
    using input = tensorOf(randomRows(1, 4, 2), "float32");
    using target = tensorOf(randomRows(2, 4, SIZE), "float32");
    const before = [...model.parameters.data];
    const optimizer = adam();
    using state = optimizer.init(model);
    const step = () =>
      optimizer.step(state, { model, loss: squaredError(), batch: { input, target } });
    throws(step, NonFiniteError, pattern);
    equal([...model.parameters.data], before);
    equal(state.step, 0);
    ok([...state.tensors.values()].every(({ data }) => data.every((x) => x === 0)), "no moments");
  }
  using model = sequential({ input: [2] }, layers({ jvp: (_, __, dy) => void dy.fill(NaN) }));
  using input = tensorOf(randomRows(1, 4, 2), "float32");
  using target = tensorOf(randomRows(2, 4, SIZE), "float32");
  using lin = model.linearize(squaredError(), { input, target });
  using v = lin.gradient();
  throws(() => lin.jvp(v), NonFiniteError, /jvp\(\) is not finite/);
});

test("what reaches a user's layer as infinity is not blamed on it", () => {
  using model = sequential({ input: [1] }, [
    dense(SIZE, { initializer: ({ weight }) => void weight.data.fill(3e38) }),
    own(),
  ]);
  using input = tensor([[100]]);
  using target = tensor([[0, 0, 0]]);
  const linearize = () => model.linearize(squaredError(), { input, target });
  throws(linearize, NonFiniteError, /site "dense_1", outputs/);
});

test("an error that a user's layer throws reaches the caller, and the model works on", () => {
  let isBroken = false;
  const forward: LayerDefinition["forward"] = (point, y) => {
    if (isBroken) throw new SyntaxError("Cannot go on: it is mine");
    mixing(SIZE).forward(point, y);
  };
  using model = sequential({ input: [2] }, layers({ forward }));
  using input = tensorOf(randomRows(1, 4, 2), "float32");
  using first = model.predict(input);
  isBroken = true;
  throws(() => model.predict(input), SyntaxError, /mine/);
  isBroken = false;
  using again = model.predict(input);
  equal([...again.data], [...first.data]);
});

test("methods with Kronecker factors refuse layers of one's own by name, if they are to", () => {
  using model = sequential({ input: [2] }, layers());
  throws(
    () => kfac({ fallback: "refuse" }).init(model),
    TypeError,
    /site "mixing_2" is a layer's own/,
  );
});

test("defineLayer() refuses definitions and parameters that are none", () => {
  const { vjp: _, ...half } = mixing(SIZE);
  throws(() => defineLayer(half as LayerDefinition), TypeError, /must have the method vjp/);
  const twice = own({ parameters: () => [{ name: "a", shape: [1] }, { name: "a", shape: [2] }] });
  throws(() => sequential({ input: [3] }, [twice]), TypeError, /two of its parameters/);
  const none = own({ parameters: () => 3 as unknown as [] });
  throws(() => sequential({ input: [3] }, [none]), TypeError, /must be an array/);
});

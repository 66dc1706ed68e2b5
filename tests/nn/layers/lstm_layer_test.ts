// The layers of recurrent networks by themselves: what they refuse, how they begin, that nothing unset is read.
import { dense, lastStep, type Layer, lstm, sequential } from "../../../mod.ts";
import { glorotUniform } from "../../../layers.ts";
import { BufferPool } from "../../../src/nn/pass/buffer_pool.ts";
import { equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { DTYPES } from "../../_support/twins.ts";
import { LayerProbe, smallIntegers } from "../_bound_layer.ts";

const UNSUITABLE: Readonly<Record<string, readonly [Layer, number[], RegExp]>> = {
  "no steps": [lstm(2), [0, 3], /Cannot apply lstm to samples of shape \(0, 3\)/],
  "no features": [lstm(2), [3, 0], /\(3, 0\)/],
  "no axis of steps": [lstm(2), [3], /\(3\): it needs \(steps, features\)/],
  "an axis too many": [lstm(2), [3, 4, 5], /\(3, 4, 5\)/],
  "the last of no steps": [
    lastStep(),
    [0, 3],
    /Cannot apply lastStep to samples of shape \(0, 3\)/,
  ],
  "the last step of no sequence": [lastStep(), [3], /\(3\): it needs \(steps, …\)/],
  "dense units on no steps": [dense(2), [0, 3], /Cannot apply dense to samples of shape \(0, 3\)/],
  "dense units on images": [dense(2), [4, 4, 3], /use flatten\(\), or \(steps, in\)/],
};

for (const [what, [layer, input, pattern]] of Object.entries(UNSUITABLE)) {
  test(`a model is refused that has ${what}`, () => {
    throws(() => sequential({ input }, [layer]), TypeError, pattern);
  });
}

test("lstm() refuses units, biases and initializers that are none", () => {
  throws(() => lstm(0), RangeError, /units must be whole/);
  throws(() => lstm(2, { forgetBias: NaN }), RangeError, /forgetBias must be finite/);
  throws(() => lstm(2, { initializer: 1 as never }), TypeError, /initializer must be a function/);
});

test("weights begin uniform in ±1/√units, biases of forget gates at 1 or as told, whatever the initializer", () => {
  const [units, features, columns] = [4, 3, 8];
  const begin = (layer: Layer): number[][] => {
    using model = sequential({ input: [2, features], seed: 1 }, [layer]);
    const { data } = model.parameters;
    const isBias = (_: number, i: number): boolean => i % columns === columns - 1;
    return [[...data.filter(isBias)], [...data.filter((w, i) => !isBias(w, i))]];
  };
  const [given, weights] = begin(lstm(units));
  ok(weights.every((w) => Math.abs(w) <= 1 / Math.sqrt(units)), "a weight is too large");
  equal(given.slice(units, 2 * units), [1, 1, 1, 1]);
  ok(given.slice(0, units).every((b) => b !== 0), "biases are not drawn");
  const [set] = begin(lstm(units, { forgetBias: -2, initializer: glorotUniform() }));
  equal(set, [0, 0, 0, 0, -2, -2, -2, -2, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test("no sweep of an LSTM reads what was not written: buffers begin as NaN", () => {
  for (const dtype of DTYPES) {
    for (const units of [1, 3, 4, 9]) {
      using probe = new LayerProbe({ layer: lstm(units), dtype, shape: [3, 4, 2] });
      const [x, w] = [smallIntegers(1, 24), smallIntegers(2, 4 * units * (units + 3))];
      const finite = (data: ArrayLike<number>): boolean => Array.from(data).every(Number.isFinite);
      ok(finite(probe.forward(x, [w]).data), `forward, ${units}`);
      ok(finite(probe.push(x, [w]).data), `tangent, ${units}`);
      ok(finite(probe.pull(smallIntegers(3, 12 * units)).data), `reverse, ${units}`);
    }
  }
});

test("where nothing moves, the change of an LSTM's reverse sweep is the reverse sweep of the change", () => {
  using probe = new LayerProbe({ layer: lstm(3), dtype: "float64", shape: [2, 4, 2] });
  const pool = new BufferPool("float64");
  const buffer = pool.plan();
  probe.forward(smallIntegers(1, 16), [smallIntegers(2, 12 * 6)]);
  const still = { inputTangent: undefined, weightTangents: [undefined], buffer };
  const outputCotangentTangent = buffer([2, 4, 3], "change");
  const change = smallIntegers(3, 24);
  outputCotangentTangent.data.set(change);
  const tangent = probe.bound.tangent(still);
  const { reverse } = probe;
  const given = { reverse, tangent, outputCotangentTangent, needsInput: true, buffer };
  const sweep = probe.bound.secondOrder(given);
  tangent.run();
  sweep.run();
  const expected = probe.pull(change);
  equal([...sweep.inputCotangentTangent!.data], [...expected.data]);
  equal(sweep.sites[0].inputs, undefined);
  equal([...sweep.sites[0].cotangents.data], [...probe.reverse.siteCotangents[0].data]);
  pool.dispose();
});

test("lastStep() takes the last step, and hands cotangents back to it alone", () => {
  using probe = new LayerProbe({ layer: lastStep(), dtype: "float32", shape: [2, 3, 2] });
  const x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  equal([...probe.forward(x).data], [5, 6, 11, 12]);
  equal([...probe.push(x).data], [5, 6, 11, 12]);
  equal([...probe.pull([1, 2, 3, 4]).data], [0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 3, 4]);
});

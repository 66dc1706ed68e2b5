import {
  dense,
  dropout,
  type Layer,
  type Model,
  randomKey,
  residual,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  Tensor,
} from "../../../mod.ts";
import { STREAMS } from "../../../layers.ts";
import { equal, near, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { samplingBound } from "../../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../../_support/twins.ts";
import type { DType } from "../../../mod.ts";
import { constant, multiply } from "../../oracles/hyper_dual.ts";
import type { Rows } from "../../oracles/matrices.ts";
import {
  denseStep,
  halfSquares,
  SmallNet,
  softmaxLoss,
  type Step,
  tanhStep,
} from "../../oracles/small_net.ts";
import { compareWithNet } from "../_against_small_net.ts";

const KEY = randomKey(3, STREAMS.dropout, 7);

/** What a network of layers without parameters makes of ones (rows, width) with a key. */
function masksOf(
  layers: readonly Layer[],
  [rows, width]: readonly [number, number],
  dtype: DType,
  key = KEY,
): Rows {
  using model = sequential({ input: [width], dtype }, layers);
  using input = new Tensor(dtype, [rows, width]);
  input.data.fill(1);
  using lin = model.linearize(squaredError(), { input, target: input, key });
  return lin.output.toArray() as Rows;
}

const scaleBy = (mask: Rows): Step => (x, _, sample) =>
  x.map((a, i) => multiply(constant(mask[sample][i]), a));

test("a net with dropout() has the derivatives of its twin under the same mask", () => {
  for (const dtype of DTYPES) {
    for (
      const [loss, twin] of [[squaredError(), halfSquares], [
        softmaxCrossEntropy(),
        softmaxLoss,
      ]] as const
    ) {
      for (const batchSize of [1, 4]) {
        const layers = [dense(5), tanh(), dropout(0.4), dense(3)];
        using model = sequential({ input: [3], seed: 2, dtype }, layers);
        const x = randomRows(1, batchSize, 3);
        const y = randomRows(2, batchSize, 3).map((row) => row.map(Math.abs));
        using input = tensorOf(x, dtype);
        using target = tensorOf(y, dtype);
        using lin = model.linearize(loss, { input, target, key: KEY });
        const mask = masksOf([dropout(0.4)], [batchSize, 5], dtype);
        const steps = [denseStep(0, 5), tanhStep, scaleBy(mask), denseStep(20, 3)];
        const net = new SmallNet(steps, twin, model.parameters.data, x, y);
        compareWithNet(model, lin, net, `${loss.name}, B ${batchSize}, ${dtype}`);
      }
    }
  }
});

test("dropout() drops a share of `rate` and keeps the mean, in both dtypes", () => {
  for (const dtype of DTYPES) {
    for (const rate of [0, 0.25, 0.9]) {
      const factors = masksOf([dropout(rate)], [40, 500], dtype).flat();
      const kept = dtype === "float32" ? Math.fround(1 / Math.fround(1 - rate)) : 1 / (1 - rate);
      equal(factors.every((m) => m === 0 || m === kept), true, `${dtype}, ${rate}`);
      const share = factors.filter((m) => m === 0).length / factors.length;
      near(share, rate, samplingBound(factors.length, Math.sqrt(rate * (1 - rate))), `${rate}`);
    }
  }
});

test("dropout() without a key, and in predict(), is the identity to the bit", () => {
  for (const dtype of DTYPES) {
    using model = sequential({ input: [6], dtype }, [dropout(0.5)]);
    using input = tensorOf(randomRows(3, 4, 6), dtype);
    using masked = model.linearize(squaredError(), { input, target: input, key: KEY });
    ok(masked.loss > 0, "a mask was drawn");
    masked.dispose();
    using lin = model.linearize(squaredError(), { input, target: input });
    equal([...lin.output.data], [...input.data]);
    using predicted = model.predict(input);
    equal([...predicted.data], [...input.data]);
  }
});

test("masks depend on seed and step, on the layer's place and on a seed of its own", () => {
  const masks = (layers: Layer[], key = KEY) => masksOf(layers, [8, 16], "float32", key);
  const one = masks([dropout(0.5)]);
  equal(masks([dropout(0.5)]), one);
  const others = [
    masks([dropout(0.5)], randomKey(3, STREAMS.dropout, 8)),
    masks([dropout(0.5)], randomKey(4, STREAMS.dropout, 7)),
    masks([dropout(0), dropout(0.5)]),
    masks([residual([dropout(0)], { projection: [dropout(0.5)] })]).map((row) =>
      row.map((x) => x - 1)
    ),
    masks([dropout(0.5, { seed: 9 })]),
  ];
  equal(new Set([one, ...others].map((mask) => mask.join())).size, 5, "place 1 twice");
  const own = [3, 4].map((seed) => masks([dropout(0.5, { seed: 9 })], randomKey(seed, 5, 7)));
  equal(own[0], own[1], "its own seed takes the place of the run's");
});

test("part of a batch gets that part of its masks", () => {
  for (const dtype of DTYPES) {
    for (const width of [1, 4, 6]) {
      using model = sequential({ input: [width], dtype }, [dropout(0), dropout(0.5)]);
      using input = new Tensor(dtype, [7, width]);
      input.data.fill(1);
      using all = model.linearize(squaredError(), { input, target: input, key: KEY });
      const part = input.view([3, width], 2 * width);
      const batch = { input: part, target: part, key: KEY, firstSample: 2 };
      using some = model.linearize(squaredError(), batch);
      equal(
        some.output.toArray(),
        (all.output.toArray() as Rows).slice(2, 5),
        `${width}, ${dtype}`,
      );
    }
  }
});

test("a linearization keeps its mask while others are made and after predictions", () => {
  using model: Model = sequential({ input: [4], seed: 1 }, [dense(6), dropout(0.5), dense(2)]);
  using input = tensorOf(randomRows(1, 3, 4), "float32");
  using target = tensorOf(randomRows(2, 3, 2), "float32");
  using lin = model.linearize(squaredError(), { input, target, key: KEY });
  using first = lin.gradient();
  using direction = lin.gradient();
  using before = lin.hvp(direction);
  const key = randomKey(3, STREAMS.dropout, 8);
  using other = model.linearize(squaredError(), { input, target, key });
  using predicted = model.predict(input);
  ok(other.loss !== lin.loss && predicted.size > 0, "another mask");
  using after = lin.hvp(direction);
  using again = lin.gradient();
  equal([...after.data], [...before.data]);
  equal([...again.data], [...first.data]);
});

test("dropout() refuses rates that are none", () => {
  throws(() => dropout(1), RangeError, /rate must be at least 0 and below 1/);
  throws(() => dropout(0.5, { seed: -1 }), RangeError, /seed/);
});

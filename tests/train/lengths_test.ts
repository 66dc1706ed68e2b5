// Data sets of sequences of unequal lengths, from their arrays to a trained model and its figures.
import {
  accuracy,
  type Dataset,
  dataset,
  evaluate,
  kfac,
  lstm,
  meanSquaredError,
  type Model,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tensor,
  train,
  zeros,
} from "../../mod.ts";
import { autoencoding, Batches, datasetFromTensors, subset } from "../../data.ts";
import { equal, near, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { randomRows } from "../_support/twins.ts";

const [SAMPLES, STEPS, FEATURES, CLASSES] = [9, 4, 2, 3];
const LENGTHS = Array.from({ length: SAMPLES }, (_, n) => n % STEPS + 1);

/** Sequences with a class at each step; beyond their ends stand no classes. */
function sequences(): Dataset {
  const rows = randomRows(1, SAMPLES * STEPS, FEATURES);
  const target = rows.map(([x], i) =>
    i % STEPS < LENGTHS[Math.floor(i / STEPS)] ? Number(x > 0) : -1
  );
  return dataset({
    input: rows.flat(),
    target,
    inputShape: [STEPS, FEATURES],
    targetShape: [STEPS],
    lengths: LENGTHS,
  });
}

function recurrent(): Model {
  return sequential({ input: [STEPS, FEATURES], seed: 1 }, [lstm(5), lstm(CLASSES)]);
}

test("train() hands the lengths of a data set to the method", async () => {
  using model = recurrent();
  using twin = recurrent();
  const data = sequences(), loss = softmaxCrossEntropy(), optimizer = kfac();
  for await (const _ of train({ model, loss, optimizer, data, batchSize: 4, epochs: 2 }));

  using input = zeros([4, STEPS, FEATURES]);
  using target = zeros([4, STEPS]);
  const batchOf = (rows: Uint32Array) => {
    data.fill(rows, input, target);
    return { input, target, lengths: Array.from(rows, (row) => LENGTHS[row]) };
  };
  function* warmStart() {
    const batches = new Batches(SAMPLES, { batchSize: 4, seed: 0 });
    for (let i = 0; i < batches.batchesPerEpoch; i++) yield batchOf(batches.next());
  }
  using state = optimizer.init(twin, { loss, warmStart: warmStart() });
  const batches = new Batches(SAMPLES, { batchSize: 4, seed: 0 });
  for (let step = 0; step < 4; step++) {
    optimizer.step(state, { model: twin, loss, batch: batchOf(batches.next()) });
  }
  equal([...model.parameters.data], [...twin.parameters.data]);
});

test("evaluate() gives the mean over sequences of the loss, and metrics over valid steps", () => {
  using model = recurrent();
  const data = sequences();
  const found = evaluate(model, softmaxCrossEntropy(), data, {
    batchSize: 4,
    metrics: [accuracy()],
  });
  using input = zeros([SAMPLES, STEPS, FEATURES]);
  using target = zeros([SAMPLES, STEPS]);
  data.fill([...LENGTHS.keys()], input, target);
  using output = model.predict(input, { lengths: LENGTHS });
  let [loss, correct, steps] = [0, 0, 0];
  for (const [n, length] of LENGTHS.entries()) {
    for (let t = 0; t < length; t++) {
      const start = (n * STEPS + t) * CLASSES;
      const z = [...output.data.subarray(start, start + CLASSES)];
      const wanted = target.data[n * STEPS + t];
      const largest = z.reduce((best, value, i) => value > z[best] ? i : best, 0);
      const total = z.reduce((sum, value) => sum + Math.exp(value), 0);
      loss -= Math.log(Math.exp(z[wanted]) / total) / SAMPLES;
      correct += Number(largest === wanted);
      steps++;
    }
  }
  near(found.loss, loss, identityBound("float32"), "loss");
  near(found.accuracy, correct / steps, identityBound("float64"), "accuracy");
});

test("metrics of outputs at every step, all of them valid, are means over steps", () => {
  using output = tensor([[[2, 1], [0, 1]], [[0, 3], [4, 1]]]);
  using classes = tensor([[0, 0], [1, 1]]);
  equal(accuracy().evaluate(output, classes), 1);
  equal(meanSquaredError().evaluate(output, output), 0);
});

test("parts of a data set keep their lengths, tensors may have them, and others are refused", () => {
  const data = sequences();
  equal(Array.from(subset(data, 2, 5).lengths ?? []), LENGTHS.slice(2, 5));
  equal(autoencoding(data).lengths, LENGTHS);
  using input = zeros([2, STEPS, FEATURES]);
  using target = zeros([2, STEPS]);
  equal(datasetFromTensors({ input, target, lengths: [1, 4] }).lengths, [1, 4]);
  const make = (lengths: unknown) => () => datasetFromTensors({ input, target, lengths } as never);
  throws(make([1, 5]), RangeError, /Cannot make a dataset: length 1 must be whole, from 1 to 4/);
  throws(make([1]), TypeError, /there are 1 lengths for 2 samples/);
  throws(make("14"), TypeError, /the lengths must be an array or typed array, not "14"/);
});

test("autoencoding of padded sequences trains towards their valid steps", () => {
  using model = sequential({ input: [STEPS, FEATURES], seed: 1 }, [lstm(4), lstm(FEATURES)]);
  const figures = evaluate(model, squaredError(), autoencoding(sequences()), {
    metrics: [meanSquaredError()],
  });
  equal(Object.keys(figures), ["loss", "meanSquaredError"]);
});

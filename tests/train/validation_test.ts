// Training that ends by samples of which no step is made.
import {
  type Dataset,
  dataset,
  dense,
  evaluate,
  lastStep,
  levenbergMarquardt,
  lstm,
  type Model,
  type Optimizer,
  sequential,
  sgd,
  squaredError,
  tanh,
  train,
  type TrainOptions,
  type TrainProgress,
  zeros,
} from "../../mod.ts";
import { Batches } from "../../data.ts";
import { memoryStore } from "../../checkpoint.ts";
import { equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { liveBytes } from "../_support/live_bytes.ts";
import { identityBound } from "../_support/tolerance.ts";
import { randomRows } from "../_support/twins.ts";

const [SAMPLES, BATCH_SIZE, PATIENCE] = [24, 12, 3];

/** Points of a noisy parabola. */
function parabola(seed: number, count: number): Dataset {
  const rows = randomRows(seed, count, 2);
  return dataset({
    input: rows.map(([x]) => x),
    target: rows.map(([x, noise]) => x * x + noise / 4),
    inputShape: [1],
    targetShape: [1],
  });
}

/** A network that is too large for them. */
function network(seed = 2): Model {
  return sequential({ input: [1], seed, dtype: "float64" }, [dense(8), tanh(), dense(1)]);
}

const VALIDATION = parabola(6, 40);

function run(model: Model, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    model,
    loss: squaredError(),
    optimizer: levenbergMarquardt({ patience: PATIENCE }),
    data: parabola(5, SAMPLES),
    validation: VALIDATION,
    batchSize: BATCH_SIZE,
    epochs: 200,
    ...more,
  };
}

async function all(options: TrainOptions): Promise<TrainProgress[]> {
  const found: TrainProgress[] = [];
  for await (const progress of train(options)) found.push(progress);
  return found;
}

test("train() with a validation set takes the steps of a loop, and ends where they stop", async () => {
  using model = network();
  using twin = network();
  const store = memoryStore();
  const options = run(model, {
    evaluate: { validation: VALIDATION },
    checkpoint: { store, every: 1000 },
  });
  const progress = await all(options);

  const { optimizer, loss, data } = options;
  const deal = new Batches(SAMPLES, { batchSize: BATCH_SIZE, seed: 0 });
  using input = zeros([BATCH_SIZE, 1], { dtype: "float64" });
  using target = zeros([BATCH_SIZE, 1], { dtype: "float64" });
  using judged = zeros([VALIDATION.size, 1], { dtype: "float64" });
  using wanted = zeros([VALIDATION.size, 1], { dtype: "float64" });
  VALIDATION.fill(Array.from({ length: VALIDATION.size }, (_, i) => i), judged, wanted);
  const validation = { input: judged, target: wanted };
  using state = optimizer.init(twin, { loss });
  for (const { report } of progress) {
    data.fill(deal.next(), input, target);
    const problem = { model: twin, loss, batch: { input, target }, validation };
    equal(report, optimizer.step(state, problem), "report");
  }
  equal([...model.parameters.data], [...twin.parameters.data], "parameters");

  const last = progress[progress.length - 1];
  ok(last.step < last.totalSteps, `${last.step} steps of ${last.totalSteps}`);
  equal(last.report?.stop, "validation");
  ok(progress.slice(0, -1).every(({ report }) => report?.stop !== "validation"), "the first");
  equal(await store.names(), [last.checkpoint], "a checkpoint of the last step");
  const losses = progress.map(({ report }) => report?.validationLoss ?? Infinity);
  // Measured in parts: other sums of the same terms.
  const best = last.metrics?.["validation.loss"] ?? NaN;
  near(best, Math.min(...losses), identityBound("float64"), "the best parameters");
});

test("train() with a validation set resumes with the bits of an uninterrupted run", async () => {
  using whole = network();
  const expected = await all(run(whole));
  const store = memoryStore(), end = Math.floor(expected.length / 2);
  using first = network();
  for await (const { step } of train(run(first, { checkpoint: { store, every: 1 } }))) {
    if (step === end) break;
  }
  using second = network(9);
  const rest = await all(run(second, { resume: store }));
  equal(rest.map(({ report }) => report), expected.slice(end).map(({ report }) => report));
  equal([...second.parameters.data], [...whole.parameters.data]);
});

test("train() judges steps by the valid steps of sequences alone", async () => {
  const sequences = (seed: number, count: number): Dataset =>
    dataset({
      input: randomRows(seed, count, 10).flat(),
      target: randomRows(seed + 1, count, 1).flat(),
      inputShape: [5, 2],
      targetShape: [1],
      lengths: Array.from({ length: count }, (_, i) => 1 + i % 5),
    });
  const validation = sequences(3, 9);
  using model = sequential({ input: [5, 2], seed: 1, dtype: "float64" }, [
    lstm(2),
    lastStep(),
    dense(1),
  ]);
  const options = run(model, { data: sequences(1, SAMPLES), validation });
  for await (const { report } of train(options)) {
    const { loss } = evaluate(model, squaredError(), validation);
    equal([report?.accepted, report?.validationLoss], [true, loss]);
    break;
  }
});

test("train() gives everything back when validation ends it", async () => {
  const before = liveBytes();
  const model = network();
  await all(run(model));
  model.dispose();
  equal(liveBytes(), before);
});

test("train() refuses the want of a validation set that something judges by", () => {
  using model = network();
  const { validation: _, ...without } = run(model);
  throws(() => train(without), TypeError, /there is none/);
  const plain = { ...without, optimizer: sgd() };
  throws(
    () => train({ ...plain, patience: 2 }),
    TypeError,
    /patience and restoreBest.* there is none/,
  );
  throws(() => train({ ...plain, restoreBest: true }), TypeError, /there is none/);
  throws(() => train(run(model, { patience: 0 })), RangeError, /patience/);
  throws(() => train(run(model, { restoreBest: 1 as never })), TypeError, /restoreBest/);
  throws(() => train(run(model, { validation: {} as Dataset })), TypeError, /data/);
  const odd = { ...sgd(), needsValidation: 1 } as unknown as Optimizer;
  throws(() => train(run(model, { optimizer: odd })), TypeError, /needsValidation/);
});

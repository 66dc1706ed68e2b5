import {
  accuracy,
  type Dataset,
  dataset,
  dense,
  evaluate,
  type FloatArray,
  kBfgs,
  kfac,
  meanSquaredError,
  type Model,
  type Optimizer,
  reconstructionError,
  sequential,
  sgd,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  tensor,
  train,
  type TrainOptions,
  type TrainProgress,
  zeros,
} from "../../mod.ts";
import { Batches } from "../../data.ts";
import { equal, near, ok, rejects, throws } from "../_support/assert.ts";
import { firstDifference } from "../_support/difference.ts";
import { test } from "../_support/harness.ts";
import { liveBytes } from "../_support/live_bytes.ts";
import { identityBound } from "../_support/tolerance.ts";
import { randomRows } from "../_support/twins.ts";

const SAMPLES = 22;
const CLASSES = 3;

function samples(count = SAMPLES, seed = 1): Dataset {
  const input = randomRows(seed, count, 4);
  const target = input.map((row) => row[0] > 0.3 ? 2 : row[1] > 0 ? 1 : 0);
  return dataset({ input: input.flat(), target, inputShape: [4], classes: CLASSES });
}

function small(seed = 1): Model {
  return sequential({ input: [4], seed, dtype: "float64" }, [dense(6), tanh(), dense(CLASSES)]);
}

type Run = Partial<TrainOptions> & { model: Model };

function run(options: Run): AsyncGenerator<TrainProgress, void, void> {
  const loss = softmaxCrossEntropy();
  return train({ loss, optimizer: sgd(), data: samples(), batchSize: 5, epochs: 2, ...options });
}

async function all(progress: AsyncIterable<TrainProgress>): Promise<TrainProgress[]> {
  const found: TrainProgress[] = [];
  for await (const one of progress) found.push(one);
  return found;
}

test("train() takes the steps of a loop over Batches, and reports each", async () => {
  using model = small();
  using twin = small();
  const data = samples(), optimizer = kfac({ learningRate: 0.1 });
  const loss = softmaxCrossEntropy();
  const progress = await all(run({ model, optimizer, seed: 7, epochs: 3 }));

  const deal = new Batches(data.size, { batchSize: 5, seed: 7 });
  using input = zeros([5, 4], { dtype: "float64" });
  using target = zeros([5], { dtype: "float64" });
  const batch = { input, target };
  const warm = new Batches(data.size, { batchSize: 5, seed: 7 });
  const warmStart = {
    *[Symbol.iterator]() {
      for (let i = 0; i < warm.batchesPerEpoch; i++) {
        data.fill(warm.next(), input, target);
        yield batch;
      }
    },
  };
  using state = optimizer.init(twin, { loss, warmStart });
  equal(progress.length, 12, "steps");
  for (const [i, { step, totalSteps, epoch, loss: reported, report }] of progress.entries()) {
    equal([step, totalSteps, epoch], [i + 1, 12, Math.floor(i / 4)]);
    data.fill(deal.next(), input, target);
    const expected = optimizer.step(state, { model: twin, loss, batch });
    equal([reported, report], [expected.loss, expected], `step ${step}`);
  }
  equal([...model.parameters.data], [...twin.parameters.data], "parameters");
});

test("train() gives the same bits for the same seed and others for another", async () => {
  const after = async (seed: number): Promise<FloatArray> => {
    using model = small();
    await all(run({ model, seed, optimizer: kBfgs() }));
    return model.parameters.data.slice();
  };
  const [first, second, other] = [await after(3), await after(3), await after(4)];
  equal(second, first);
  ok(firstDifference(other, first), "the seed has no effect");
});

test("train() measures after each epoch, on every data set, in the order of names", async () => {
  using model = small();
  const sets = { train: samples(), test: samples(9, 2) };
  const progress = await all(run({ model, evaluate: sets, metrics: [accuracy()] }));
  for (const { step, metrics } of progress) {
    equal(metrics !== undefined, step % 4 === 0, `metrics at step ${step}`);
  }
  const last = progress[progress.length - 1].metrics ?? {};
  equal(Object.keys(last), ["train.loss", "train.accuracy", "test.loss", "test.accuracy"]);
  const expected = evaluate(model, softmaxCrossEntropy(), sets.test, {
    metrics: [accuracy()],
    batchSize: 5,
  });
  equal([last["test.loss"], last["test.accuracy"]], [expected.loss, expected.accuracy]);
});

test("train() ends between two steps when its signal is aborted", async () => {
  using model = small();
  const before = liveBytes();
  const controller = new AbortController();
  const seen: number[] = [];
  for await (const { step } of run({ model, signal: controller.signal })) {
    seen.push(step);
    if (step === 3) controller.abort();
  }
  equal(seen, [1, 2, 3]);
  equal(await all(run({ model, signal: controller.signal })), [], "aborted beforehand");
  const passes = liveBytes();
  await all(run({ model, signal: controller.signal }));
  equal(liveBytes(), passes, "live bytes");
  ok(passes >= before, "the model keeps its buffers");
});

test("train() takes no step when its time budget is 0", async () => {
  using model = small();
  const before = model.parameters.data.slice();
  equal(await all(run({ model, timeBudgetMs: 0 })), []);
  equal(model.parameters.data, before);
});

test("leaving the loop disposes the state that train() made, and no other", async () => {
  const optimizers = [kfac(), kBfgs(), sgd()];
  using first = small();
  for (const optimizer of optimizers) await all(run({ model: first, optimizer })); // scratch stays
  for (const optimizer of optimizers) {
    const baseline = liveBytes();
    const model = small();
    let left = 0;
    for await (const { state } of run({ model, optimizer })) {
      left++;
      if (left === 2) {
        ok([...state.tensors.values()].every((t) => !t.isDisposed), "disposed too early");
        break;
      }
    }
    model.dispose();
    equal(liveBytes(), baseline, optimizer.name);
  }
  using model = small();
  const optimizer = sgd();
  using state = optimizer.init(model);
  for await (const progress of run({ model, optimizer, state })) {
    if (progress.step === 3) break;
  }
  equal([state.step, state.tensors.get("momentum")?.isDisposed], [3, false]);
  await all(run({ model, optimizer, state }));
  equal(state.step, 11, "training goes on with the state");
});

test("an error that leaves train() disposes its state and its batch", async () => {
  using first = small();
  await all(run({ model: first })); // the kernels' scratch block stays
  const baseline = liveBytes();
  const model = small();
  const failing: Optimizer = {
    ...sgd(),
    step: (state, problem) => {
      if (state.step === 2) throw new RangeError("Cannot go on");
      return sgd().step(state, problem);
    },
  };
  await rejects(() => all(run({ model, optimizer: failing })), RangeError, /go on/);
  await rejects(() => all(run({ model, loss: squaredError() })), TypeError, /outputs have shape/);
  model.dispose();
  equal(liveBytes(), baseline);
});

test("train() ends at or skips a step that meets NaN, as it is told", async () => {
  const rows = randomRows(1, SAMPLES, 4);
  const data: Dataset = {
    size: SAMPLES,
    inputShape: [4],
    targetShape: [],
    fill: (numbers, input, target) => {
      for (let i = 0; i < numbers.length; i++) {
        input.data.set(rows[numbers[i]], 4 * i);
        if (numbers[i] === 13) input.data[4 * i + 1] = NaN;
        if (target) target.data[i] = numbers[i] % CLASSES;
      }
    },
  };
  {
    using model = small();
    await rejects(() => all(run({ model, data })), RangeError, /input element/);
  }
  using model = small();
  const progress = await all(run({ model, data, batchSize: 2, onNonFinite: "skip" }));
  const skipped = progress.filter((one) => one.skipped);
  equal(progress.length, 22);
  ok(skipped.length >= 1 && skipped.length <= 2, `${skipped.length} steps were skipped`);
  for (const { loss, report, skipped: error } of skipped) {
    equal([Number.isNaN(loss), report], [true, undefined]);
    ok(/input element/.test(error?.message ?? ""), "the reason is told");
  }
  ok(model.parameters.data.every(Number.isFinite), "parameters");
});

test("train() refuses options out of range before it allocates", async () => {
  using model = small();
  const before = liveBytes();
  const refuses = (options: Record<string, unknown>, kind: typeof RangeError, pattern: RegExp) =>
    rejects(() => all(run({ model, ...options } as Run)), kind, pattern);
  for (const epochs of [0, -1, 1.5, NaN]) await refuses({ epochs }, RangeError, /epochs/);
  for (const timeBudgetMs of [-1, NaN]) await refuses({ timeBudgetMs }, RangeError, /timeBudgetMs/);
  for (const batchSize of [0, 2.5, SAMPLES + 1]) await refuses({ batchSize }, RangeError, /batch/);
  for (const seed of [-1, 0.5]) await refuses({ seed }, RangeError, /seed/);
  await refuses({ epochs: "2" }, TypeError as never, /epochs/);
  await refuses({ onNonFinite: "ignore" }, TypeError as never, /onNonFinite/);
  equal(liveBytes(), before);
});

test("evaluate() averages over all samples, a smaller last batch included", () => {
  using model = small();
  const data = samples(), loss = softmaxCrossEntropy(), metrics = [accuracy()];
  const whole = evaluate(model, loss, data, { metrics });
  for (const batchSize of [1, 7, 21, 22, 100]) {
    const parts = evaluate(model, loss, data, { metrics, batchSize });
    near(parts.loss, whole.loss, identityBound("float64") * whole.loss, `batches of ${batchSize}`);
    near(parts.accuracy, whole.accuracy, identityBound("float64"), "accuracy");
  }
  const before = liveBytes();
  evaluate(model, loss, data, { batchSize: 7 });
  equal(liveBytes(), before, "live bytes");
});

test("evaluate() refuses batch sizes that are none", () => {
  using model = small();
  for (const batchSize of [0, -1, 2.5, NaN]) {
    const attempt = () => evaluate(model, softmaxCrossEntropy(), samples(), { batchSize });
    throws(attempt, RangeError, /batchSize/);
  }
});

test("metrics are what their names say", () => {
  using z = tensor([[2, 1, 0], [0, 3, 3], [-1, -2, 5]], { dtype: "float64" });
  using indices = tensor([0, 1, 1], { dtype: "float64" });
  using weights = tensor([[1, 0, 0], [0, 0, 1], [0.25, 0.25, 0.5]], { dtype: "float64" });
  equal(accuracy().evaluate(z, indices), 2, "indices; the first of equal outputs counts");
  equal(accuracy().evaluate(z, weights), 2, "weights");
  using y = tensor([[1, 1, 1], [0, 3, 0], [-1, -1, 5]], { dtype: "float64" });
  near(meanSquaredError().evaluate(z, y), (2 + 9 + 1) / 3, identityBound("float64"));
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const expected = [...z.data].reduce((sum, x, i) => sum + (sigmoid(x) - y.data[i]) ** 2, 0) / 3;
  near(reconstructionError().evaluate(z, y), expected, identityBound("float64"));
});

test("an autoencoder of sigmoid outputs begins near (outputs) ln 2", async () => {
  const width = 40;
  const data = dataset({
    input: randomRows(4, 16, width).flat().map((x) => (x + 1) / 2),
    target: randomRows(4, 16, width).flat().map((x) => (x + 1) / 2),
    inputShape: [width],
    targetShape: [width],
  });
  using model = sequential({ input: [width], seed: 1 }, [dense(8), tanh(), dense(width)]);
  const options = { loss: sigmoidCrossEntropy(), optimizer: kBfgs(), batchSize: 16, epochs: 1 };
  const [{ loss }] = await all(train({ model, data, ...options }));
  near(loss / (width * Math.LN2), 1, 0.05);
});

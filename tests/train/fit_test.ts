// A run to the end without a loop, and what awaiting train() says.
import {
  accuracy,
  type Dataset,
  dataset,
  dense,
  fit,
  sequential,
  sgd,
  softmaxCrossEntropy,
  squaredError,
  train,
  type TrainOptions,
  type TrainProgress,
} from "../../mod.ts";
import { memoryStore } from "../../checkpoint.ts";
import { equal, near, ok, rejects } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { METHODS } from "../optimizers/_methods.ts";
import { runData, runModel, runOptions, STEPS } from "./_run.ts";

const STEPS_PER_EPOCH = 10;

async function all(options: TrainOptions): Promise<TrainProgress[]> {
  const found: TrainProgress[] = [];
  for await (const progress of train(options)) found.push(progress);
  return found;
}

for (const [name, optimizer] of Object.entries(METHODS)) {
  test(`fit() takes the steps of train() by ${name}`, async () => {
    using model = runModel("float64");
    using twin = runModel("float64");
    const progress = await all(runOptions(twin, optimizer));
    const { last, ending, epochs } = await fit(runOptions(model, optimizer));
    equal([...model.parameters.data], [...twin.parameters.data], "parameters");
    equal([last?.step, last?.report, ending], [STEPS, progress[STEPS - 1].report, "epochs"]);
    equal(
      epochs.map(({ epoch, step }) => [epoch, step]),
      [0, 1, 2, 3, 4].map((e) => [e, 10 * e + 10]),
    );
    for (const { epoch, loss } of epochs) {
      const losses = progress.filter((one) => one.epoch === epoch).map((one) => one.loss);
      const mean = losses.reduce((sum, x) => sum + x, 0) / STEPS_PER_EPOCH;
      near(loss, mean, identityBound("float64") * Math.abs(mean), `epoch ${epoch}`);
    }
  });
}

test("fit() tells metrics and validation loss by epoch", async () => {
  using model = runModel("float64");
  const sets = { evaluate: { all: runData() }, validation: runData(), metrics: [accuracy()] };
  const { epochs } = await fit({ ...runOptions(model, sgd()), ...sets });
  for (const { validationLoss, metrics } of epochs) {
    equal(Object.keys(metrics ?? {}), ["all.loss", "all.accuracy"]);
    equal(validationLoss, metrics?.["all.loss"]);
  }
});

test("fit() says why it ended, wherever that was", async () => {
  using model = runModel("float32");
  const options = runOptions(model, sgd());
  const early = await fit({ ...options, timeBudgetMs: 0 });
  equal([early.ending, early.last, early.epochs], ["time-budget", undefined, []]);
  const aborted = await fit({ ...options, signal: AbortSignal.abort() });
  equal([aborted.ending, aborted.last], ["signal", undefined]);

  const controller = new AbortController();
  const data = runData();
  let batches = 0;
  const cutting: Dataset = {
    ...data,
    fill: (rows, input, target) => {
      data.fill(rows, input, target);
      if (++batches === 13) controller.abort();
    },
  };
  const cut = await fit({ ...options, data: cutting, signal: controller.signal });
  equal([cut.ending, cut.last?.step, cut.last?.ending], ["signal", 13, "signal"]);
  equal(cut.epochs.map(({ step }) => step), [10, 13], "the epoch that it ended in");
});

test("fit() leaves skipped steps out of the mean loss", async () => {
  const data = dataset({
    input: [1, 2, 3, 4],
    target: [1, 2, 3, 4],
    inputShape: [1],
    targetShape: [1],
  });
  let calls = 0;
  const poisoned: Dataset = {
    ...data,
    fill: (rows, input, target) => {
      data.fill(rows, input, target);
      if (++calls === 2) input.data[0] = NaN;
    },
  };
  using model = sequential({ input: [1], seed: 1, dtype: "float64" }, [dense(1)]);
  const run = {
    model,
    loss: squaredError(),
    optimizer: sgd(),
    data: poisoned,
    batchSize: 1,
    epochs: 1,
  };
  using twin = sequential({ input: [1], seed: 1, dtype: "float64" }, [dense(1)]);
  calls = 0;
  const progress = await all({ ...run, model: twin, onNonFinite: "skip" });
  calls = 0;
  const { epochs: [{ loss }] } = await fit({ ...run, onNonFinite: "skip" });
  const kept = progress.filter(({ skipped }) => !skipped).map((one) => one.loss);
  equal([kept.length, loss], [3, kept.reduce((sum, x) => sum + x, 0) / 3]);
});

test("fit() resumes, and a run that had ended takes no step", async () => {
  const store = memoryStore();
  using model = runModel("float32");
  const options = { ...runOptions(model, sgd()), checkpoint: { store, every: 100 } };
  await fit(options);
  const { ending, last, epochs } = await fit({ ...options, resume: store });
  equal([ending, last, epochs], ["epochs", undefined, []]);
});

test("fit() refuses what train() refuses", async () => {
  using model = runModel("float32");
  const options = runOptions(model, sgd());
  await rejects(() => fit({ ...options, epochs: 0 }), RangeError, /epochs/);
  await rejects(() => fit({ ...options, loss: squaredError() }), TypeError, /outputs have shape/);
  await rejects(() => fit(undefined as never), TypeError, /options/);
});

/** What the console says while `body` runs and the event loop comes around. */
async function warnings(body: () => unknown): Promise<string[]> {
  const said: string[] = [], { warn } = console;
  console.warn = (text) => void said.push(String(text));
  try {
    await body();
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 0));
  } finally {
    console.warn = warn;
  }
  return said;
}

test("train() that is awaited says that it has trained nothing, once", async () => {
  using model = runModel("float32");
  const before = String(model.parameters.data);
  const run = train(runOptions(model, sgd()));
  const said = await warnings(async () => {
    await run;
    await run;
  });
  equal(said.length, 1);
  ok(/trained nothing: iterate .*fit\(options\)/.test(said[0]), said[0]);
  equal(String(model.parameters.data), before);
});

test("train() says nothing to whom iterates it, however it got there", async () => {
  using model = runModel("float32");
  const options = { ...runOptions(model, sgd()), loss: softmaxCrossEntropy() };
  const later = async () => {
    await Promise.resolve();
    return train(options);
  };
  async function* through() {
    yield* train(options);
  }
  let steps = 0;
  const said = await warnings(async () => {
    for await (const _ of train(options)) steps++;
    for await (const _ of await later()) steps++;
    for await (const _ of await Promise.resolve(train(options))) steps++;
    for await (const _ of through()) steps++;
    const [run] = await Promise.all([later()]);
    while (!(await run.next()).done) steps++;
    train(options); // never asked for a step, and never awaited
  });
  equal([steps, said], [5 * STEPS, []]);
});

test("what train() returns stays an async generator that is no promise", async () => {
  using model = runModel("float32");
  const run = train(runOptions(model, sgd()));
  equal((run as unknown as PromiseLike<unknown>).then, undefined);
  equal(Object.keys(run), []);
  ok(run[Symbol.asyncIterator]() === run, "it does not iterate itself");
  ok(await Promise.resolve(run) === run, "it resolves to something else");
  equal((await run.next()).value?.step, 1);
  equal((await run.return()).done, true);
});

// Early stopping by epochs, for every optimizer.
import {
  type Dataset,
  dataset,
  dense,
  evaluate,
  fit,
  levenbergMarquardt,
  type Model,
  normal,
  type Optimizer,
  randomKey,
  sequential,
  sgd,
  squaredError,
  tanh,
  train,
  type TrainOptions,
  type TrainProgress,
} from "../../mod.ts";
import { memoryStore } from "../../checkpoint.ts";
import { equal, ok, rejects } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { liveBytes } from "../_support/live_bytes.ts";
import { METHODS } from "../optimizers/_methods.ts";

const [SAMPLES, BATCH_SIZE, PATIENCE] = [12, 6, 2];
const STEPS_PER_EPOCH = SAMPLES / BATCH_SIZE;

/** Inputs with targets that nobody can know. */
function noise(key: number, samples: number): Dataset {
  using input = normal(randomKey(key), [samples * 2]);
  using target = normal(randomKey(key + 1), [samples]);
  return dataset({
    input: [...input.data],
    target: [...target.data],
    inputShape: [2],
    targetShape: [1],
  });
}

const VALIDATION = noise(7, 9);

function network(seed = 3): Model {
  return sequential({ input: [2], seed, dtype: "float64" }, [dense(12), tanh(), dense(1)]);
}

/** Training that learns noise, and so gets worse on other noise. */
function run(model: Model, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    model,
    loss: squaredError(),
    optimizer: sgd({ learningRate: 0.3 }),
    data: noise(1, SAMPLES),
    batchSize: BATCH_SIZE,
    epochs: 60,
    validation: VALIDATION,
    ...more,
  };
}

async function all(options: TrainOptions): Promise<TrainProgress[]> {
  const found: TrainProgress[] = [];
  for await (const progress of train(options)) found.push(progress);
  return found;
}

/** The epoch after which patience ends, and the best one, by the rule itself. */
function ruleOf(losses: readonly number[], patience: number): { end: number; best: number } {
  let best = 0;
  for (let i = 0; i < losses.length; i++) {
    if (losses[i] < losses[best]) best = i;
    if (i - best >= patience) return { end: i + 1, best: best + 1 };
  }
  return { end: losses.length, best: best + 1 };
}

for (const [name, optimizer] of Object.entries(METHODS)) {
  test(`train() stops ${name} early, and gives the best parameters back`, async () => {
    using free = network();
    const losses: number[] = [], parameters: number[][] = [];
    for await (const { step } of train({ ...run(free), optimizer, epochs: 12 })) {
      if (step % STEPS_PER_EPOCH !== 0) continue;
      losses.push(evaluate(free, squaredError(), VALIDATION, { batchSize: BATCH_SIZE }).loss);
      parameters.push([...free.parameters.data]);
    }
    const { end, best } = ruleOf(losses, PATIENCE);
    using model = network();
    const progress = await all({
      ...run(model),
      ...{ optimizer, epochs: 12, patience: PATIENCE, restoreBest: true },
    });
    const judged = progress.filter(({ validationLoss }) => validationLoss !== undefined);
    equal(judged.map(({ step }) => step), losses.slice(0, end).map((_, i) => (i + 1) * 2));
    equal(judged.map(({ validationLoss }) => validationLoss), losses.slice(0, end));
    const last = progress[progress.length - 1];
    const isEarly = end - best >= PATIENCE;
    equal([last.step, last.ending], [end * STEPS_PER_EPOCH, isEarly ? "patience" : "epochs"]);
    equal(last.bestValidationLoss, losses[best - 1]);
    ok(progress.slice(0, -1).every(({ ending }) => ending === undefined), "one report is the last");
    equal([...model.parameters.data], parameters[best - 1], "the best parameters");
  });
}

test("a set without patience or restoreBest is only measured", async () => {
  using model = network(), twin = network();
  const { validation: _, ...without } = run(twin);
  const progress = await all(run(model));
  await all(without);
  equal(progress[progress.length - 1].ending, "epochs");
  equal(progress.filter(({ validationLoss }) => validationLoss !== undefined).length, 60);
  equal([...model.parameters.data], [...twin.parameters.data]);
});

test("the metrics of the last report are those of the best parameters", async () => {
  using model = network();
  const options = run(model, { patience: 3, restoreBest: true, evaluate: { v: VALIDATION } });
  const progress = await all(options);
  const last = progress[progress.length - 1];
  equal([last.ending, last.metrics?.["v.loss"]], ["patience", last.bestValidationLoss]);
  ok(last.validationLoss! > last.bestValidationLoss!, "the last epoch was the best");
});

for (const restoreBest of [false, true]) {
  const which = restoreBest ? "best" : "last";
  test(`a run cut anywhere stops at the same step with the same ${which} parameters`, async () => {
    const stopping = { patience: 3, restoreBest };
    using whole = network();
    const expected = await all(run(whole, stopping));
    equal(expected[expected.length - 1].ending, "patience");
    for (let cut = 1; cut < expected.length; cut++) {
      const store = memoryStore();
      using first = network();
      for await (
        const { step } of train(run(first, { ...stopping, checkpoint: { store, every: 1 } }))
      ) {
        if (step === cut) break;
      }
      using second = network(9);
      const rest = await all(run(second, { ...stopping, resume: store }));
      const shown = (
        { step, loss, validationLoss, bestValidationLoss, ending }: TrainProgress,
      ) => [step, loss, validationLoss, bestValidationLoss, ending];
      equal(rest.map(shown), expected.slice(cut).map(shown), `cut after step ${cut}`);
      equal([...second.parameters.data], [...whole.parameters.data], `parameters, cut ${cut}`);
    }
  });
}

test("a run that patience ended takes no further step, and goes on with more patience", async () => {
  const store = memoryStore();
  const stopping = { patience: 2, restoreBest: true };
  using model = network();
  const progress = await all(run(model, { ...stopping, checkpoint: { store, every: 1000 } }));
  const { step } = progress[progress.length - 1];
  using again = network(9);
  equal(await all(run(again, { ...stopping, resume: store })), []);
  equal([...again.parameters.data], [...model.parameters.data], "the best parameters");
  // The checkpoint is of the run, not of its best parameters: what goes on is what would have gone on.
  using patient = network(), more = network(9);
  const expected = await all(run(patient, { patience: 5 }));
  const rest = await all(run(more, { patience: 5, resume: store }));
  ok(rest.length > 0, "no step was left");
  equal(rest.map(({ loss }) => loss), expected.slice(step).map(({ loss }) => loss));
});

test("an epoch whose verdict the signal cut is judged when the run resumes", async () => {
  const stopping = { patience: 3, restoreBest: true };
  using whole = network();
  const expected = await all(run(whole, stopping));
  const store = memoryStore(), controller = new AbortController();
  const validation: Dataset = {
    ...VALIDATION,
    fill: (rows, input, target) => {
      VALIDATION.fill(rows, input, target);
      if (cutting) controller.abort();
    },
  };
  let cutting = false;
  using first = network();
  const reports: TrainProgress[] = [];
  const { signal } = controller, checkpoint = { store, every: 1000 };
  for await (const one of train(run(first, { ...stopping, validation, signal, checkpoint }))) {
    reports.push(one);
    cutting = one.step === 3;
  }
  const last = reports[reports.length - 1];
  equal([last.step, last.ending, last.validationLoss], [4, "signal", undefined]);
  using second = network(9);
  const rest = await all(run(second, { ...stopping, resume: store }));
  equal(rest.map(({ loss }) => loss), expected.slice(4).map(({ loss }) => loss));
  equal(rest[rest.length - 1].ending, "patience");
  equal([...second.parameters.data], [...whole.parameters.data]);
});

test("restoreBest asked for only when a run resumes is refused, and nothing changes", async () => {
  const store = memoryStore();
  using model = network();
  await all(run(model, { epochs: 2, checkpoint: { store, every: 1000 } }));
  using other = network(9);
  const before = [...other.parameters.data];
  const attempt = () => all(run(other, { restoreBest: true, resume: store }));
  await rejects(attempt, TypeError, /validation\.bestParameters" is missing/);
  equal([...other.parameters.data], before);
});

test("early stopping that a checkpoint knows nothing of begins where it resumes", async () => {
  const store = memoryStore();
  using model = network();
  const { validation: _, ...without } = run(model, { epochs: 2 });
  await all({ ...without, checkpoint: { store, every: 1000 } });
  using other = network(9);
  const judged = (await all(run(other, { patience: 1, restoreBest: true, resume: store })))
    .filter(({ validationLoss }) => validationLoss !== undefined);
  equal(judged[0].bestValidationLoss, judged[0].validationLoss);
  equal(judged[0].step, 3 * STEPS_PER_EPOCH);
});

test("a validation loss that is not finite is no better one; a bad sample is an error", async () => {
  const far = (input: number): Dataset => ({
    ...VALIDATION,
    fill: (rows, into, target) => {
      VALIDATION.fill(rows, into, target);
      into.data.fill(input);
    },
  });
  using model = sequential({ input: [2], seed: 1 }, [dense(1)]); // linear, float32
  const progress = await all(run(model, { validation: far(3e38), patience: 2, restoreBest: true }));
  const last = progress[progress.length - 1];
  equal([last.step, last.ending, last.validationLoss], [4, "patience", Infinity]);
  equal(last.bestValidationLoss, undefined);
  await rejects(() => all(run(model, { validation: far(NaN) })), RangeError, /input element 0/);
});

test("the validation of an optimizer and that of epochs may meet, and the first ends the run", async () => {
  const judging = (patience: number) => levenbergMarquardt({ patience });
  const endings = async (optimizer: Optimizer, more: Partial<TrainOptions>) => {
    using model = network();
    const { ending, last } = await fit(run(model, { optimizer, batchSize: 3, ...more }));
    return { ending, last, loss: evaluate(model, squaredError(), VALIDATION).loss };
  };
  equal((await endings(judging(1000), { patience: 2 })).ending, "patience");
  let better = 0;
  for (let patience = 3; patience < 9; patience++) {
    const own = await endings(judging(patience), { patience: 1000, restoreBest: true });
    const alone = await endings(judging(patience), {});
    equal([own.ending, alone.ending], ["validation", "validation"]);
    equal(own.loss, alone.loss, "the optimizer's own best parameters stay");
    equal(alone.last?.validationLoss, undefined, "epochs are not judged unless that is asked for");
    if (own.last?.bestValidationLoss !== undefined && own.loss < own.last.bestValidationLoss) {
      better++;
    }
  }
  ok(better > 0, "the best step was always the last of an epoch");
});

test("early stopping gives everything back", async () => {
  using first = network();
  await all(run(first, { epochs: 1 })); // scratch stays
  const before = liveBytes();
  const model = network();
  await all(run(model, { patience: 1, restoreBest: true }));
  for await (const _ of train(run(model, { restoreBest: true }))) break;
  model.dispose();
  equal(liveBytes(), before);
});

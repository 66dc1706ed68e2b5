// The masks of dropout while training: frozen within a step, off in evaluation, part of what is resumed.
import {
  adam,
  type Batch,
  concatenation,
  dataset,
  dense,
  dropout,
  evaluate,
  hessianFree,
  kBfgs,
  kfac,
  type Layer,
  lbfgs,
  type Loss,
  type Model,
  type Optimizer,
  randomKey,
  relu,
  residual,
  sequential,
  squaredError,
  tanh,
  train,
} from "../../mod.ts";
import { STREAMS } from "../../layers.ts";
import { checkpoint, memoryStore, restore } from "../../checkpoint.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import type { DType } from "../../mod.ts";

const METHODS: Readonly<Record<string, () => Optimizer>> = {
  adam: () => adam(),
  kBfgs: () => kBfgs({ learningRate: 0.1 }),
  kfac: () => kfac({ learningRate: 0.1 }),
};

const make = (dtype: DType, seed = 1): Model =>
  sequential({ input: [3], seed, dtype }, [dropout(0.2), dense(6), tanh(), dropout(0.5), dense(2)]);

const data = dataset({
  input: randomRows(1, 24, 3).flat(),
  target: randomRows(2, 24, 2).flat(),
  inputShape: [3],
  targetShape: [2],
});

/** The keys under which a step evaluates the loss. */
function keysOfStep(model: Model, optimizer: Optimizer, batch: Batch): unknown[] {
  const keys: unknown[] = [];
  const { linearize } = model;
  model.linearize = (loss: Loss, given: Batch) => {
    keys.push(given.key);
    return linearize.call(model, loss, given);
  };
  using state = optimizer.init(model);
  optimizer.step(state, { model, loss: squaredError(), batch });
  optimizer.step(state, { model, loss: squaredError(), batch });
  return keys;
}

test("all evaluations of one step see one mask, those of the next another", () => {
  using model = make("float32");
  using input = tensorOf(randomRows(1, 4, 3), "float32");
  using target = tensorOf(randomRows(2, 4, 2), "float32");
  const [first, second] = [0, 1].map((step) => randomKey(0, STREAMS.dropout, step));
  equal(keysOfStep(model, kBfgs(), { input, target }), [first, first, second, second]);
  const key = randomKey(9, 1, 2);
  equal(keysOfStep(model, kBfgs(), { input, target, key }), [key, key, key, key]);
  for (const optimizer of [hessianFree({ curvatureChunks: 2 }), lbfgs()]) {
    const keys = keysOfStep(model, optimizer, { input, target });
    const change = keys.findIndex((key) => JSON.stringify(key) !== JSON.stringify(first));
    ok(change > 1, "it evaluates more than once");
    equal(keys, keys.map((_, i) => i < change ? first : second), optimizer.name);
  }
});

test("a part of the batch on which curvature is measured has that part of the batch's mask", () => {
  using model = make("float32");
  using input = tensorOf(randomRows(1, 4, 3), "float32");
  using target = tensorOf(randomRows(2, 4, 2), "float32");
  const seen: string[] = [];
  const { linearize } = model;
  model.linearize = (loss: Loss, given: Batch) => {
    const { input: { shape: [rows] }, key, firstSample = 0 } = given;
    seen.push(`step ${key?.index}, samples ${firstSample} to ${firstSample + rows}`);
    return linearize.call(model, loss, given);
  };
  const optimizer = hessianFree({ curvatureChunks: 2, maxIterations: 3 });
  using state = optimizer.init(model);
  for (let step = 0; step < 2; step++) {
    optimizer.step(state, { model, loss: squaredError(), batch: { input, target } });
  }
  equal([...new Set(seen)], [
    "step 0, samples 0 to 4",
    "step 0, samples 0 to 2",
    "step 1, samples 0 to 4",
    "step 1, samples 2 to 4",
  ]);
});

test("evaluate() sees no mask", () => {
  using model = make("float32");
  using plain = sequential({ input: [3], seed: 1 }, [dense(6), tanh(), dense(2)]);
  plain.parameters.data.set(model.parameters.data);
  plain.parametersChanged();
  equal(evaluate(model, squaredError(), data), evaluate(plain, squaredError(), data));
});

for (const [name, optimizer] of Object.entries(METHODS)) {
  test(`a run with dropout and ${name} that resumes has the bits of an uninterrupted one`, async () => {
    for (const dtype of DTYPES) {
      const run = (model: Model) => ({
        model,
        loss: squaredError(),
        optimizer: optimizer(),
        data,
        batchSize: 8,
        epochs: 3,
        seed: 5,
      });
      using whole = make(dtype);
      const losses: number[] = [];
      for await (const { loss } of train(run(whole))) losses.push(loss);
      using part = make(dtype);
      const store = memoryStore();
      for await (const { step } of train({ ...run(part), checkpoint: { store, every: 1 } })) {
        if (step === 4) break;
      }
      using resumed = make(dtype, 99);
      const rest: number[] = [];
      for await (const { loss } of train({ ...run(resumed), resume: store })) rest.push(loss);
      equal(rest, losses.slice(losses.length - rest.length), `losses, ${dtype}`);
      ok(rest.length >= 5, "it was interrupted");
      equal([...resumed.parameters.data], [...whole.parameters.data], dtype);
    }
  });

  test(`steps of one's own with dropout and ${name} go on from a checkpoint bit by bit`, async () => {
    using model = make("float32");
    using input = tensorOf(randomRows(1, 4, 3), "float32");
    using target = tensorOf(randomRows(2, 4, 2), "float32");
    const method = optimizer();
    using state = method.init(model);
    const problem = { loss: squaredError(), batch: { input, target } };
    for (let i = 0; i < 3; i++) method.step(state, { model, ...problem });
    const bytes = await checkpoint({ model, optimizer: method, state });
    using other = make("float32", 7);
    using restored = await restore(bytes, { model: other, optimizer: method });
    for (let i = 0; i < 3; i++) {
      method.step(state, { model, ...problem });
      method.step(restored, { model: other, ...problem });
    }
    equal([...other.parameters.data], [...model.parameters.data]);
  });
}

test("a checkpoint of another rate of dropout is refused", async () => {
  using model = make("float32");
  using state = adam().init(model);
  const bytes = await checkpoint({ model, optimizer: adam(), state });
  using other = sequential({ input: [3] }, [
    dropout(0.3),
    dense(6),
    tanh(),
    dropout(0.5),
    dense(2),
  ]);
  const error = await restore(bytes, { model: other, optimizer: adam() }).catch((e) => e);
  ok(error instanceof TypeError && /model/.test(error.message), String(error));
});

test("a checkpoint of other layers inside a shortcut is refused", async () => {
  const made = (rate: number, activation: () => Layer): Model => {
    const branch = [dense(2), activation(), residual([dropout(rate)])];
    return sequential({ input: [2] }, [concatenation([[], branch]), dense(1)]);
  };
  using model = made(0.2, tanh);
  using state = adam().init(model);
  const bytes = await checkpoint({ model, optimizer: adam(), state });
  using same = made(0.2, tanh);
  using _restored = await restore(bytes, { model: same, optimizer: adam() });
  for (const [rate, activation] of [[0.3, tanh], [0.2, relu]] as const) {
    using other = made(rate, activation);
    const error = await restore(bytes, { model: other, optimizer: adam() }).catch((e) => e);
    ok(error instanceof TypeError && /model/.test(error.message), String(error));
  }
});

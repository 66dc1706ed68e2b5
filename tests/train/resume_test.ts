// 50 steps = 25 + checkpoint + restore + 25, to the bit.
import { dense, kBfgs, sequential, sgd, train } from "../../mod.ts";
import { Batches } from "../../data.ts";
import {
  checkpoint,
  CheckpointMismatchError,
  memoryStore,
  saveCheckpoint,
} from "../../checkpoint.ts";
import { equal, ok, rejects, sameBytes } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { DTYPES } from "../_support/twins.ts";
import { METHODS } from "../optimizers/_methods.ts";
import { runData, runModel, runOptions, STEPS, trainUntil } from "./_run.ts";

const HALF = STEPS / 2;

async function checkpointAt(step: number, optimizer = kBfgs()): Promise<Uint8Array> {
  const store = memoryStore();
  using model = runModel("float32");
  await trainUntil(step, {
    ...runOptions(model, optimizer),
    checkpoint: { store, every: step },
  });
  const [name] = await store.names();
  return await store.read(name) ?? new Uint8Array(0);
}

for (const dtype of DTYPES) {
  for (const [name, optimizer] of Object.entries(METHODS)) {
    test(`train() resumes ${name} with the bits of an uninterrupted run, ${dtype}`, async () => {
      using whole = runModel(dtype);
      const uninterrupted = await trainUntil(STEPS, runOptions(whole, optimizer));

      const store = memoryStore();
      using first = runModel(dtype);
      const cut = { ...runOptions(first, optimizer), checkpoint: { store, every: HALF } };
      equal((await trainUntil(HALF, cut)).last?.checkpoint, (await store.names())[0]);

      using second = runModel(dtype, 99); // its parameters are replaced
      const rest = { ...runOptions(second, optimizer), resume: store };
      const resumed = await trainUntil(STEPS, rest);
      equal(resumed.last?.resumed?.step, HALF);
      equal(resumed.last?.epoch, uninterrupted.last?.epoch);
      sameBytes(resumed.bytes, uninterrupted.bytes);
    });
  }
}

test("train() begins anew with an empty store and stores checkpoints when they are due", async () => {
  const store = memoryStore();
  using model = runModel("float32");
  const options = { ...runOptions(model, kBfgs()), checkpoint: { store, every: 20, keep: 3 } };
  const names: (string | undefined)[] = [];
  for await (const progress of train({ ...options, resume: store })) {
    equal(progress.resumed, undefined);
    if (progress.checkpoint) names[progress.step] = progress.checkpoint;
  }
  equal(Object.keys(names), ["20", "40", "50"]);
  equal((await store.names()).sort(), Object.values(names));
});

test("train() stores a checkpoint when the time is up or the signal aborts", async () => {
  const store = memoryStore();
  using model = runModel("float32");
  const controller = new AbortController();
  const options = {
    ...runOptions(model, sgd()),
    checkpoint: { store, every: 1000 },
    signal: controller.signal,
  };
  for await (const { step } of train(options)) if (step === 7) controller.abort();
  using again = runModel("float32");
  const { last } = await trainUntil(8, { ...runOptions(again, sgd()), resume: store });
  equal(last?.resumed?.step, 7);
});

test("train() goes to the end of the most epochs there can be, and resumes there", async () => {
  const epochs = 2 ** 21, optimizer = sgd();
  using model = runModel("float32");
  const batches = new Batches(runData().size, { batchSize: 8, seed: 5 });
  batches.position = { epoch: epochs - 1, index: batches.batchesPerEpoch - 2 };
  using state = optimizer.init(model);
  const options = { ...runOptions(model, optimizer), epochs };
  const { loss, data } = options;
  const bytes = await checkpoint({ model, optimizer, loss, data, batches, state });

  const store = memoryStore();
  const ends = { ...options, resume: bytes, checkpoint: { store, every: 1000 } };
  const { bytes: finished, last } = await trainUntil(epochs * batches.batchesPerEpoch, ends);
  equal([last?.step, last?.ending], [last?.totalSteps, "epochs"]);
  ok(finished.length > 0, "the end was not reached");
  equal((await trainUntil(Infinity, { ...options, resume: store })).last, undefined, "steps");
});

test("train() passes over a damaged checkpoint and says why", async () => {
  const store = memoryStore();
  const good = await checkpointAt(10);
  const damaged = await checkpointAt(20);
  damaged[damaged.length - 1] ^= 1;
  await saveCheckpoint(store, good, { keep: 3 });
  await saveCheckpoint(store, damaged, { keep: 3 });
  await saveCheckpoint(store, damaged.slice(0, 100), { keep: 3 });
  using model = runModel("float32");
  const { last } = await trainUntil(11, { ...runOptions(model, kBfgs()), resume: store });
  equal(last?.resumed?.step, 10);
  const refused = last?.resumed?.refused ?? [];
  equal(refused.map(({ error }) => error.name), [
    "CheckpointFormatError",
    "CheckpointIntegrityError",
  ]);
});

test("train() fails when every checkpoint is damaged, instead of beginning anew", async () => {
  const store = memoryStore();
  await saveCheckpoint(store, (await checkpointAt(10)).slice(0, 100));
  using model = runModel("float32");
  await rejects(
    () => trainUntil(11, { ...runOptions(model, kBfgs()), resume: store }),
    SyntaxError,
    /the file ends within the header/,
  );
});

test("train() refuses to resume another run and leaves the model as it was", async () => {
  const bytes = await checkpointAt(10);
  using model = runModel("float32", 2);
  using precise = runModel("float64");
  using other = sequential({ input: [4] }, [dense(6), dense(3)]);
  const before = [...model.parameters.data];
  const run = runOptions(model, kBfgs());
  const refusals: [Partial<typeof run>, RegExp][] = [
    [{ model: precise }, /model dtype is "float32", not "float64"$/],
    [{ model: other }, /model layers\[1\] kind is "tanh", not "dense"$/],
    [{ optimizer: sgd() }, /optimizer name is "kBfgs", not "sgd"$/],
    [{ optimizer: kBfgs({ damping: 1 }) }, /optimizer damping is 0.3, not 1$/],
    [{ seed: 6 }, /batches seed is 5, not 6$/],
    [{ batchSize: 16 }, /batches batchSize is 8, not 16$/],
  ];
  for (const [change, pattern] of refusals) {
    const resume = trainUntil(11, { ...run, ...change, resume: bytes });
    await rejects(() => resume, CheckpointMismatchError, pattern);
  }
  equal([...model.parameters.data], before);
});

test("train() refuses checkpoint settings that make no sense", async () => {
  using model = runModel("float32");
  const store = memoryStore();
  const run = runOptions(model, sgd());
  const state = sgd().init(model);
  const once = (change: object) => () => trainUntil(1, { ...run, ...change });
  await rejects(once({ checkpoint: { store, every: 0 } }), RangeError, /every must be whole/);
  await rejects(once({ checkpoint: { store, every: "1" } }), TypeError, /every must be a number/);
  await rejects(once({ checkpoint: { store, every: 1, keep: 0 } }), RangeError, /keep must be/);
  await rejects(once({ resume: store, state }), TypeError, /either resumes or goes on/);
  state.dispose();
  ok((await store.names()).length === 0, "something was stored");
});

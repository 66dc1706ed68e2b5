// What data sets say of themselves, so that a run continues on the samples that it began with.
import { type Dataset, dataset, dense, sequential, sgd, tensor, zeros } from "../../mod.ts";
import { autoencoding, Batches, curves, datasetFromTensors, subset } from "../../data.ts";
import { checkpoint, CheckpointMismatchError, restore } from "../../checkpoint.ts";
import { equal, ok, rejects } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const INPUT = [0, 1, 2, 3, 4, 5, 6, 7];
const SHAPES = { inputShape: [2], targetShape: [1] };

async function text(data: Dataset): Promise<string> {
  return JSON.stringify(await data.identify?.());
}

const made = (input: ArrayLike<number> = INPUT, target: ArrayLike<number> = [1, 2, 3, 4]) =>
  dataset({ input, target, ...SHAPES });

test("equal samples have one identity, whatever array holds them", async () => {
  const expected = await text(made());
  for (const array of [Uint8Array, Float32Array, Float64Array, Int16Array]) {
    equal(await text(made(array.from(INPUT), array.from([1, 2, 3, 4]))), expected, array.name);
  }
  for (const dtype of ["float32", "float64"] as const) {
    using input = tensor(INPUT, { shape: [4, 2], dtype });
    using target = tensor([1, 2, 3, 4], { shape: [4, 1], dtype });
    const data = datasetFromTensors({ input, target });
    using _grown = zeros([1 << 20]);
    equal(await text(data), expected, dtype);
  }
});

test("one changed number, or another scale, makes another identity", async () => {
  const all = [
    made(),
    ...INPUT.map((_, i) => made(INPUT.map((x, j) => i === j ? x + 0.5 : x))),
    ...[0, 1, 2, 3].map((i) => made(INPUT, [1, 2, 3, 4].map((x, j) => i === j ? -x : x))),
    made(INPUT.map((x) => x === 0 ? -0 : x)),
    dataset({ input: INPUT, target: [1, 2, 3, 4], ...SHAPES, scale: 2 }),
  ];
  const identities = await Promise.all(all.map(text));
  equal(new Set(identities).size, all.length);
});

test("samples beyond the first chunk that is digested count", async () => {
  const numbers = new Uint8Array((1 << 20) + 3);
  const data = (input: Uint8Array) =>
    dataset({ input, target: new Uint8Array(input.length), inputShape: [1] });
  const before = await text(data(numbers));
  numbers[numbers.length - 1] = 1;
  ok(await text(data(numbers)) !== before, "the last number");
  numbers[numbers.length - 1] = 0;
  numbers[(1 << 20) - 1] = 1;
  ok(await text(data(numbers)) !== before, "the last of the first chunk");
});

test("a data set digests its samples once", () => {
  const data = made();
  ok(data.identify!() === data.identify!(), "another digest");
});

test("data sets made of others say of which, and how", async () => {
  const source = made(), of = await source.identify?.();
  equal(await subset(source, 1, 3).identify?.(), { from: 1, to: 3, of });
  equal(await autoencoding(source).identify?.(), { target: "input", of });
  const { identify: _, ...unknown } = source;
  equal([subset(unknown, 1, 3).identify, autoencoding(unknown).identify], [undefined, undefined]);
  const [first, second] = [1, 2].map((seed) => curves({ seed, train: 2, test: 1 }));
  ok(await text(first.train) !== await text(second.train), "curves of other seeds");
});

/** What keeps a checkpoint of one data set from going on with another; "" when nothing does. */
async function refusal(before: Dataset, after: Dataset): Promise<string> {
  using model = sequential({ input: [2] }, [dense(1)]);
  const optimizer = sgd();
  using state = optimizer.init(model);
  const run = (data: Dataset) => ({
    model,
    optimizer,
    data,
    batches: new Batches(data.size, { batchSize: 2 }),
  });
  const bytes = await checkpoint({ ...run(before), state });
  try {
    (await restore(bytes, run(after))).dispose();
    return "";
  } catch (error) {
    ok(error instanceof CheckpointMismatchError, String(error));
    return error.message.replace(/[0-9a-f]{64}/g, "…");
  }
}

test("a checkpoint names what differs of the data", async () => {
  const action = "Cannot restore a checkpoint: data ";
  equal(await refusal(made(), made()), "");
  const cases: [Dataset, string][] = [
    [made(INPUT, [1, 2, 3, 5]), 'target sha256 is "…", not "…"'],
    [made([...INPUT].reverse()), 'input sha256 is "…", not "…"'],
    [
      dataset({ input: INPUT, target: [1, 2, 3, 4], ...SHAPES, scale: 2 }),
      "input scale is 1, not 2",
    ],
    [
      dataset({ input: INPUT, target: [1, 2, 3, 4], inputShape: [2] }),
      "targetShape length is 1, not 0",
    ],
    [{ ...made(), lengths: [1, 2, 1, 2] }, 'lengths is absent, not "…"'],
  ];
  for (const [data, named] of cases) equal(await refusal(made(), data), action + named);
  const own = (version: number): Dataset => ({
    ...made(),
    identify: () => ({ source: "a database", version }),
  });
  equal(await refusal(own(1), own(1)), "");
  equal(await refusal(own(1), own(2)), `${action}version is 1, not 2`);
});

test("a checkpoint that was written without data or validation set does not tell them apart", async () => {
  using model = sequential({ input: [2] }, [dense(1)]);
  const optimizer = sgd();
  using state = optimizer.init(model);
  const bytes = await checkpoint({ model, optimizer, state });
  for (const part of ["data", "validation"]) {
    (await restore(bytes, { model, optimizer, [part]: made() })).dispose();
  }
});

test("of a data set without identity the number, shapes and lengths of samples are compared", async () => {
  const unknown = (data: Dataset): Dataset => {
    const { identify: _, ...rest } = data;
    return rest;
  };
  equal(await refusal(unknown(made()), unknown(made(INPUT, [4, 3, 2, 1]))), "");
  equal(
    await refusal(unknown(made()), unknown(made([...INPUT, 8, 9], [1, 2, 3, 4, 5]))),
    "Cannot restore a checkpoint: batches samples is 4, not 5",
  );
  ok((await refusal(unknown(made()), made())).includes("data"), "an identity that was not there");
});

test("a data set whose identity fails lets no checkpoint be written", async () => {
  using model = sequential({ input: [2] }, [dense(1)]);
  const optimizer = sgd();
  using state = optimizer.init(model);
  const failing = {
    ...made(),
    identify: () => Promise.reject(new TypeError("Cannot reach the database")),
  };
  const write = () => checkpoint({ model, optimizer, state, data: failing, validation: failing });
  await rejects(write, TypeError, /Cannot reach the database/);
});

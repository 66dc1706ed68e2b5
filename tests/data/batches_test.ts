import { Batches } from "../../data.ts";
import { equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

function epochOf(batches: Batches): number[][] {
  return Array.from({ length: batches.batchesPerEpoch }, () => [...batches.next()]);
}

function sorted(rows: number[]): number[] {
  return [...rows].sort((a, b) => a - b);
}

test("Batches deals every row once in an epoch, in another order each time", () => {
  const batches = new Batches(60, { batchSize: 12, seed: 3 });
  const [first, second] = [epochOf(batches).flat(), epochOf(batches).flat()];
  const all = Array.from({ length: 60 }, (_, row) => row);
  equal(sorted(first), all);
  equal(sorted(second), all);
  ok(JSON.stringify(first) !== JSON.stringify(second), "two epochs had the same order");
});

test("Batches depends on the seed and the position alone", () => {
  const a = new Batches(50, { batchSize: 7, seed: 3 });
  const b = new Batches(50, { batchSize: 7, seed: 3 });
  const other = new Batches(50, { batchSize: 7, seed: 4 });
  for (let i = 0; i < 17; i++) a.next(); // into the third epoch
  b.position = a.position;
  equal(a.position, { epoch: 2, index: 3 });
  equal([...b.next()], [...a.next()]);
  b.position = { epoch: 0, index: 0 };
  ok(String(b.next()) !== String(other.next()), "two seeds gave the same batch");
});

test("Batches of epoch 1 are no shifted copy of epoch 0", () => {
  const batches = new Batches(1000, { batchSize: 1000, seed: 1 });
  const [first, second] = [[...batches.next()], [...batches.next()]];
  for (let shift = 0; shift <= 8; shift++) {
    const same = first.filter((row, i) => row === second[i + shift]).length;
    ok(same < 12, `${same} of 1000 rows agree at shift ${shift}`); // expected: 1, Poisson
  }
});

test("Batches leaves out the remainder, or keeps it as a smaller batch", () => {
  equal(epochOf(new Batches(10, { batchSize: 4 })).map((rows) => rows.length), [4, 4]);
  const kept = new Batches(10, { batchSize: 4, keepRemainder: true });
  equal(epochOf(kept).map((rows) => rows.length), [4, 4, 2]);
  equal(kept.position, { epoch: 1, index: 0 });
});

test("Batches without shuffling deals in order", () => {
  const batches = new Batches(5, { batchSize: 2, shuffle: false, keepRemainder: true });
  equal(epochOf(batches), [[0, 1], [2, 3], [4]]);
  equal([...batches.next()], [0, 1]);
});

test("Batches refuses sizes and positions that do not exist", () => {
  throws(
    () => new Batches(5, { batchSize: 6 }),
    RangeError,
    /batchSize is 6, but there are only 5 samples/,
  );
  throws(() => new Batches(5, { batchSize: 0 }), RangeError, /batchSize/);
  throws(() => new Batches(5, { batchSize: 1.5 }), RangeError, /batchSize/);
  throws(() => new Batches(0, { batchSize: 1 }), RangeError, /size/);
  const batches = new Batches(5, { batchSize: 2 });
  const go = (epoch: number, index: number) => () => batches.position = { epoch, index };
  throws(go(0, 2), RangeError, /index must be whole, from 0 to 1, not 2/);
  throws(go(-1, 0), RangeError, /epoch .* not -1/);
  throws(go(0.5, 0), RangeError, /epoch .* not 0.5/);
  throws(go(2 ** 40, 0), RangeError, /epoch/);
  equal(batches.position, { epoch: 0, index: 0 });
});

test("Batches refuses what is no seed at once", () => {
  throws(() => new Batches(5, { batchSize: 1, seed: -1 }), RangeError, /seed/);
  throws(() => new Batches(5, { batchSize: 1, seed: 0.5 }), RangeError, /seed/);
});

test("Batches ends after the last epoch that has an order of its own, and not before", () => {
  const epochs = 2 ** 21;
  for (const keepRemainder of [false, true]) {
    const batches = new Batches(5, { batchSize: 2, keepRemainder });
    batches.position = { epoch: epochs - 1, index: 0 };
    for (let i = 0; i < batches.batchesPerEpoch; i++) batches.next();
    const end = { epoch: epochs, index: 0 };
    equal(batches.position, end);
    throws(() => batches.next(), RangeError, /2097152 epochs are over/);
    equal(batches.position, end, "after the refusal");
    const again = new Batches(5, { batchSize: 2, keepRemainder });
    again.position = batches.position;
    equal(again.position, end, "the end is a position");
    throws(() => again.position = { epoch: epochs, index: 1 }, RangeError, /index .* to 0, not 1/);
    throws(() => again.position = { epoch: epochs + 1, index: 0 }, RangeError, /epoch/);
  }
});

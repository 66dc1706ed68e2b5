// Power failures at every call of the checkpoint writer: what is found afterwards is the old or the new one.
import { folderOf } from "../../src/train/checkpoint/file_store.ts";
import { storeInFolder } from "../../src/train/checkpoint/store.ts";
import type { CheckpointStore } from "../../checkpoint.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { TestRandom } from "../_support/random.ts";
import { atScale } from "../_support/scale.ts";
import { survived } from "../_support/survived.ts";
import { Disk, type DiskOptions } from "./_disk.ts";
import { generations, recovered, saveAll } from "./_generations.ts";

const CRASHES = atScale(2000, 1_000_000);
const LINKLESS = atScale(400, 100_000);
const WRITERS = atScale(400, 100_000);
const LIES = atScale(400, 100_000);
const COUNT = 4;

function storeOn(disk: Disk): CheckpointStore {
  return storeInFolder(folderOf(disk.fileSystem, "run"));
}

function partials(disk: Disk): number {
  return disk.names.filter((name) => name.endsWith(".partial")).length;
}

/** The calls that storing all files takes. */
async function callsOf(files: readonly Uint8Array[], options: DiskOptions = {}): Promise<number> {
  const disk = new Disk(options);
  equal(await saveAll(storeOn(disk), files), files.length);
  return disk.calls;
}

/** Stores files until the power fails; the disk after that, and how many were stored. */
async function crash(
  files: readonly Uint8Array[],
  calls: number,
  random: TestRandom,
  options: DiskOptions = {},
): Promise<{ disk: Disk; stored: number }> {
  const last = 1 + random.below(calls + 10); // short writes take more calls
  const isAfter = random.below(2) === 0;
  const disk = new Disk({
    fault: (call) => call < last ? "none" : call === last && isAfter ? "after" : "before",
    ...(random.below(2) === 0 ? { shortWrites: random } : {}),
    ...options,
  });
  const stored = await saveAll(storeOn(disk), files);
  return { disk: disk.afterCrash(random), stored };
}

test(`${CRASHES} crashes while storing leave the old or the new checkpoint`, async () => {
  const files = await generations(COUNT);
  const calls = await callsOf(files);
  const outcomes = { old: 0, new: 0 };
  for (let seed = 0; seed < CRASHES; seed++) {
    const random = new TestRandom(seed);
    const { disk, stored } = await crash(files, calls, random);
    const store = storeOn(disk);
    // One in the making, and one whose removal was not durable yet.
    ok(partials(disk) <= 2, `seed ${seed}: ${partials(disk)} unfinished files`);
    const found = await recovered(store, files);
    const isOldOrNew = found === stored || found === stored + 1;
    ok(isOldOrNew, `seed ${seed}: found ${found} after ${stored} were stored`);
    outcomes[found === stored ? "old" : "new"]++;
    equal(await saveAll(store, [files[0]]), 1, `seed ${seed}: cannot store again`);
    equal([await recovered(store, files), partials(disk)], [1, 0], `seed ${seed}`);
  }
  ok(outcomes.old > 0 && outcomes.new > 0, `one-sided: ${JSON.stringify(outcomes)}`);
  survived(CRASHES, "crashes of the checkpoint writer");
});

test(`a disk that lies about synchronizing yields no mixture in ${LIES} crashes`, async () => {
  const files = await generations(COUNT);
  const calls = await callsOf(files);
  for (let seed = 0; seed < LIES; seed++) {
    const { disk } = await crash(files, calls, new TestRandom(seed), { isHonest: false });
    const found = await recovered(storeOn(disk), files).catch((error) => error.name as string);
    const isRefused = found === "CheckpointFormatError" || found === "CheckpointIntegrityError";
    ok(isRefused || Number(found) >= 0, `seed ${seed}: ${found}`);
  }
});

test(`${LINKLESS} crashes where files cannot be linked leave the old or the new one`, async () => {
  const files = await generations(COUNT);
  const options = { linkError: "EPERM" };
  const calls = await callsOf(files, options);
  const outcomes = { old: 0, new: 0 };
  for (let seed = 0; seed < LINKLESS; seed++) {
    const { disk, stored } = await crash(files, calls, new TestRandom(seed), options);
    const store = storeOn(disk);
    // Where the first one was cut there is no old one: what is left is refused.
    const found = await recovered(store, files).catch(() => 0);
    ok(found === stored || found === stored + 1, `seed ${seed}: found ${found} after ${stored}`);
    outcomes[found === stored ? "old" : "new"]++;
    equal(await saveAll(store, [files[0]]), 1, `seed ${seed}: cannot store again`);
    equal([await recovered(store, files), partials(disk)], [1, 0], `seed ${seed}`);
  }
  ok(outcomes.old > 0 && outcomes.new > 0, `one-sided: ${JSON.stringify(outcomes)}`);
});

test(`${WRITERS} crashes of two writers at once leave what one of them stored last`, async () => {
  const files = await generations(2 * COUNT);
  const [left, right] = [files.slice(0, COUNT), files.slice(COUNT)];
  const calls = 2 * await callsOf(left);
  let crashes = 0;
  for (let seed = 0; seed < WRITERS; seed++) {
    const random = new TestRandom(seed);
    const last = 1 + random.below(calls);
    const disk = new Disk({ fault: (call) => call < last ? "none" : "before" });
    const stored = await Promise.all([left, right].map((own) => saveAll(storeOn(disk), own)));
    if (stored[0] + stored[1] < 2 * COUNT) crashes++;
    const store = storeOn(disk.afterCrash(random));
    const found = await recovered(store, files);
    const isLeft = found === 0 ? stored[0] === 0 : stored[0] === found || stored[0] + 1 === found;
    const isRight = found === 0
      ? stored[1] === 0
      : stored[1] + COUNT === found || stored[1] + 1 + COUNT === found;
    const isOne = found === 0 ? isLeft && isRight : isLeft || isRight;
    ok(isOne, `seed ${seed}: found ${found} after ${stored}`);
    equal(await saveAll(store, [files[0]]), 1, `seed ${seed}: cannot store again`);
    equal(await recovered(store, files), 1, `seed ${seed}`);
  }
  ok(crashes > 0, "nothing crashed");
});

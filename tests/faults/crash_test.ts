// Power failures at every call of the checkpoint writer: what is found afterwards is the old or the new one.
import { folderOf } from "../../src/train/checkpoint/file_store.ts";
import { storeInFolder } from "../../src/train/checkpoint/store.ts";
import type { CheckpointStore } from "../../mod.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { TestRandom } from "../_support/random.ts";
import { atScale } from "../_support/scale.ts";
import { survived } from "../_support/survived.ts";
import { Disk } from "./_disk.ts";
import { generations, recovered, saveAll } from "./_generations.ts";

const CRASHES = atScale(2000, 1_000_000);
const LIES = atScale(400, 100_000);
const COUNT = 4;

function storeOn(disk: Disk): CheckpointStore {
  return storeInFolder(folderOf(disk.fileSystem, "run"));
}

function partials(disk: Disk): number {
  return disk.names.filter((name) => name.endsWith(".partial")).length;
}

/** The calls that storing all files takes. */
async function callsOf(files: readonly Uint8Array[]): Promise<number> {
  const disk = new Disk();
  equal(await saveAll(storeOn(disk), files), files.length);
  return disk.calls;
}

/** Stores files until the power fails; the disk after that, and how many were stored. */
async function crash(
  files: readonly Uint8Array[],
  calls: number,
  random: TestRandom,
  isHonest: boolean,
): Promise<{ disk: Disk; stored: number }> {
  const last = 1 + random.below(calls + 10); // short writes take more calls
  const isAfter = random.below(2) === 0;
  const disk = new Disk({
    fault: (call) => call < last ? "none" : call === last && isAfter ? "after" : "before",
    ...(random.below(2) === 0 ? { shortWrites: random } : {}),
    isHonest,
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
    const { disk, stored } = await crash(files, calls, random, true);
    const store = storeOn(disk);
    ok(partials(disk) <= 1, `seed ${seed}: ${partials(disk)} unfinished files`);
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
    const { disk } = await crash(files, calls, new TestRandom(seed), false);
    const found = await recovered(storeOn(disk), files).catch((error) => error.name as string);
    const isRefused = found === "CheckpointFormatError" || found === "CheckpointIntegrityError";
    ok(isRefused || Number(found) >= 0, `seed ${seed}: ${found}`);
  }
});

// Real kills: whatever the moment, the newest checkpoint is one of the uninterrupted run.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { train } from "../../../mod.ts";
import { fileStore, loadCheckpoint, memoryStore } from "../../../checkpoint.ts";
import { readTensorFile } from "../../../src/train/safetensors/read.ts";
import { equal, ok, sameBytes } from "../../_support/assert.ts";
import { ended, startChild } from "../../_support/child.ts";
import { test } from "../../_support/harness.ts";
import { TestRandom } from "../../_support/random.ts";
import { atScale, IS_DENO } from "../../_support/scale.ts";
import { survived } from "../../_support/survived.ts";
import { longRun, longRunModel, TRAINER } from "./_trainer.ts";

const KILLS = atScale(IS_DENO ? 50 : 10, 1000);
const LONGEST_LIFE = 20; // milliseconds of training

/** Starts the trainer and kills it a moment after its first step. */
async function killTrainer(folder: string, random: TestRandom): Promise<void> {
  const child = startChild(TRAINER, [folder]);
  const end = ended(child);
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  await new Promise((resolve) => setTimeout(resolve, random.below(LONGEST_LIFE)));
  child.kill("SIGKILL");
  equal(await end, "SIGKILL");
}

/** The checkpoints of the run when nothing interrupts it, one after the other. */
async function* uninterrupted(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  using model = longRunModel();
  const store = memoryStore();
  for await (const _ of train({ ...longRun(model), checkpoint: { store, every: 1 } })) {
    const found = await loadCheckpoint(store);
    yield new Uint8Array(found?.bytes ?? []);
  }
}

test(`${KILLS} kills of a training process leave checkpoints of the uninterrupted run`, async () => {
  const folder = await mkdtemp(join(tmpdir(), "curvature-"));
  const random = new TestRandom(1);
  const reference = uninterrupted();
  try {
    for (let kill = 0, step = 0; kill < KILLS; kill++) {
      await killTrainer(folder, random);
      const found = await loadCheckpoint(fileStore(folder));
      ok(found && found.refused.length === 0, `kill ${kill}: no sound checkpoint`);
      const reached = Number(readTensorFile(found.bytes).metadata.get("step")?.text);
      ok(reached > step, `kill ${kill}: step ${reached} after ${step}`);
      let expected = new Uint8Array(0);
      for (; step < reached; step++) expected = (await reference.next()).value ?? expected;
      sameBytes(found.bytes, expected, `kill ${kill}, step ${step}`);
      const partials = (await readdir(folder)).filter((name) => name.endsWith(".partial"));
      ok(partials.length <= 1, `kill ${kill}: ${partials.length} unfinished files`);
    }
    survived(KILLS, "kills of a training process");
  } finally {
    await reference.return();
    await rm(folder, { recursive: true });
  }
});

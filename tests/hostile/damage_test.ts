// Damaged checkpoints: every single-bit flip, every truncation, and random damage are refused.
import { heavyBall, sgd } from "../../mod.ts";
import { restore } from "../../checkpoint.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { TestRandom } from "../_support/random.ts";
import { atScale, IS_DENO } from "../_support/scale.ts";
import { survived } from "../_support/survived.ts";
import { checkpointFile, refusedByRestore, resealed, targetModel } from "./_target.ts";

/** Bytes of the file; one runtime is enough for the larger one. */
const SIZE = atScale(IS_DENO ? 16 * 1024 : 4 * 1024, 64 * 1024);
const MUTATIONS = atScale(5000, 1_000_000);
const AT_ONCE = 64;
/** Bytes of parameters and momentum for each unit of the model. */
const BYTES_PER_UNIT = 24;
/** More than the header of the model takes, the rest is filled with spaces. */
const HEADER_BYTES = 2048;

async function fileOfSize(size: number): Promise<{ file: Uint8Array; units: number }> {
  const units = Math.floor((size - HEADER_BYTES) / BYTES_PER_UNIT);
  const short = await checkpointFile(units);
  const header = size - 8 - units * BYTES_PER_UNIT;
  return { file: await resealed(short, (text) => text.padEnd(header)), units };
}

test(`restore() refuses every bit flip and every truncation of ${SIZE} bytes`, async () => {
  const { file, units } = await fileOfSize(SIZE);
  equal(file.length, SIZE);
  using model = targetModel(units);
  const run = { model, optimizer: sgd({ momentum: heavyBall() }) };
  using _restored = await restore(file, run);
  const { version } = model;
  const counts: Record<string, number> = {};
  const attempts: Promise<void>[] = [];
  const attempt = (bytes: Uint8Array): Promise<void> =>
    restore(bytes, run).then(
      () => ok(false, "a damaged file was accepted"),
      ({ name }: Error) => void (counts[name] = (counts[name] ?? 0) + 1),
    );
  for (let bit = 0; bit < 8 * SIZE; bit++) {
    file[bit >> 3] ^= 1 << (bit & 7);
    attempts.push(attempt(file)); // which copies it at once
    file[bit >> 3] ^= 1 << (bit & 7);
    if (attempts.length === AT_ONCE) await Promise.all(attempts.splice(0));
  }
  for (let length = 0; length < SIZE; length++) {
    attempts.push(attempt(file.subarray(0, length)));
    if (attempts.length === AT_ONCE) await Promise.all(attempts.splice(0));
  }
  await Promise.all(attempts);
  equal(Object.keys(counts).sort(), ["CheckpointFormatError", "CheckpointIntegrityError"]);
  equal(Object.values(counts).reduce((sum, count) => sum + count), 9 * SIZE);
  equal(model.version, version);
  survived(8 * SIZE, "bit flips of a checkpoint");
  survived(SIZE, "truncations of a checkpoint");
});

test(`restore() refuses ${MUTATIONS} checkpoints with random damage`, async () => {
  const file = await checkpointFile();
  const random = new TestRandom(7);
  for (let i = 0; i < MUTATIONS; i++) {
    let damaged = file.slice();
    const count = 1 + random.below(4);
    for (let j = 0; j < count; j++) {
      const at = random.below(damaged.length);
      const kind = random.below(3);
      if (kind === 0) damaged[at] ^= 1 + random.below(255);
      if (kind === 1) damaged = damaged.filter((_, index) => index !== at);
      if (kind === 2) damaged.copyWithin(at, random.below(damaged.length));
    }
    if (String(damaged) !== String(file)) await refusedByRestore(`mutation ${i}`, damaged);
  }
  survived(MUTATIONS, "randomly damaged checkpoints");
});

// 50 steps = 25 + checkpoint + 25 in another process, to the bit.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCheckpoint, memoryStore } from "../../../checkpoint.ts";
import { equal, ok, sameBytes } from "../../_support/assert.ts";
import { ended, startChild } from "../../_support/child.ts";
import { test } from "../../_support/harness.ts";
import { DTYPES } from "../../_support/twins.ts";
import { METHODS } from "../../optimizers/_methods.ts";
import { runModel, runOptions, STEPS, trainUntil } from "../_run.ts";
import { CONTINUATION, runsIn } from "./_continuation.ts";

test("a fresh process continues every method with the bits of an uninterrupted run", async () => {
  const folder = await mkdtemp(join(tmpdir(), "curvature-"));
  try {
    const expected = new Map<string, Uint8Array>();
    for (const { method, dtype, path } of runsIn(folder, DTYPES)) {
      using model = runModel(dtype);
      const store = memoryStore();
      const checkpoint = { store, every: STEPS / 2, keep: 1 };
      const options = { ...runOptions(model, METHODS[method]), checkpoint };
      await trainUntil(STEPS / 2, options);
      const half = await loadCheckpoint(store);
      ok(half, `${method} stored no checkpoint`);
      await writeFile(path, half.bytes);
      using whole = runModel(dtype);
      const { bytes } = await trainUntil(STEPS, runOptions(whole, METHODS[method]));
      expected.set(path, bytes);
    }
    equal(await ended(startChild(CONTINUATION, [folder, ...DTYPES])), 0);
    for (const { method, dtype, path } of runsIn(folder, DTYPES)) {
      const found = new Uint8Array(await readFile(path));
      sameBytes(found, expected.get(path) ?? new Uint8Array(0), `${method}, ${dtype}`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

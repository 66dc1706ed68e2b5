// Four processes store checkpoints in one folder at once.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStore, loadCheckpoint, saveCheckpoint } from "../../../checkpoint.ts";
import { equal, ok, sameBytes } from "../../_support/assert.ts";
import { ended, startChild } from "../../_support/child.ts";
import { test } from "../../_support/harness.ts";
import { atScale } from "../../_support/scale.ts";
import { generations } from "../_generations.ts";
import { WRITER } from "./_writer.ts";

const PROCESSES = 4;
const SAVES = atScale(25, 1000);
const ROUNDS = atScale(30, 1000);

async function withFolder(body: (path: string) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), "curvature-"));
  try {
    await body(path);
  } finally {
    await rm(path, { recursive: true });
  }
}

/** The names that a process was given, and how its loads ended. */
async function writerIn(path: string): Promise<string[]> {
  const child = startChild(WRITER, [path, String(SAVES)]);
  let text = "";
  child.stdout?.on("data", (part) => text += part);
  equal(await ended(child), 0);
  return text.trim().split("\n");
}

test(`${PROCESSES} processes at once: ${SAVES} saves of each get a name that no other has`, () =>
  withFolder(async (path) => {
    let isWriting = true;
    const load = async (): Promise<number> => {
      let loads = 0;
      for (let isThere = false; isWriting; loads++) {
        const found = await loadCheckpoint(fileStore(path));
        ok(found || !isThere, "there was a checkpoint, and then there was none");
        equal(found?.refused.length ?? 0, 0);
        isThere ||= found !== undefined;
      }
      return loads;
    };
    const loading = load();
    const lines = await Promise.all(Array.from({ length: PROCESSES }, () => writerIn(path)))
      .finally(() => isWriting = false);
    ok(await loading > 0, "nothing was loaded");
    const outcomes = lines.flat().map((line) => line.split(" "));
    equal(outcomes.filter(([, outcome]) => outcome !== "sound"), []);
    equal(new Set(outcomes.map(([name]) => name)).size, PROCESSES * SAVES);
    const newest = outcomes.map(([name]) => name).sort().at(-1);
    equal((await loadCheckpoint(fileStore(path)))?.name, newest);
    // Two different ones stay; copies, of which the writers save many, count once.
    const left = (await readdir(path)).length;
    ok(left >= 2 && left <= 4, `${left} files are left`);
  }));

test("stores of their own in one process give simultaneous saves a name each, and lose none", async () => {
  const files = await generations(8);
  for (let round = 0; round < ROUNDS; round++) {
    await withFolder(async (path) => {
      const names = await Promise.all(
        files.map((file) => saveCheckpoint(fileStore(path), file, { keep: 8 })),
      );
      equal(new Set(names).size, files.length);
      const store = fileStore(path);
      for (const [i, name] of names.entries()) {
        const read = await store.read(name);
        ok(read !== undefined, `round ${round}: ${name} is gone`);
        sameBytes(read, files[i], name);
      }
    });
  }
});

test("fileStore() writes the bytes of the call", () =>
  withFolder(async (path) => {
    const bytes = new Uint8Array([1, 2, 3]);
    const store = fileStore(path);
    const writing = store.write("a", bytes);
    bytes.fill(0);
    await writing;
    equal([...await store.read("a") ?? []], [1, 2, 3]);
  }));

test("folders beside the checkpoints are none", () =>
  withFolder(async (path) => {
    const files = await generations(4);
    const store = fileStore(path);
    const inTheWay = "checkpoint-000000000003.safetensors";
    await fileStore(join(path, inTheWay)).write("a", files[0]);
    for (const file of files) await saveCheckpoint(store, file);
    const found = await loadCheckpoint(store);
    equal([String(found?.bytes), found?.refused], [String(files[3]), []]);
    ok((await readdir(path)).includes(inTheWay), "the folder is gone");
  }));

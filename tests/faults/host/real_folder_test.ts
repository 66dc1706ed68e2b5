import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CheckpointExistsError,
  CheckpointStoreError,
  fileStore,
  loadCheckpoint,
  saveCheckpoint,
} from "../../../checkpoint.ts";
import { equal, ok, rejects } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { generations, recovered } from "../_generations.ts";

const NAME = "checkpoint-000000000001.safetensors";

async function withFolder(body: (path: string) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), "curvature-"));
  try {
    await body(path);
  } finally {
    await rm(path, { recursive: true });
  }
}

test("fileStore() makes its folder and keeps the newest files in it", () =>
  withFolder(async (path) => {
    const files = await generations(3);
    const store = fileStore(`${path}/deep/run`);
    equal([await store.names(), await store.read(NAME)], [[], undefined]);
    for (const file of files) await saveCheckpoint(store, file);
    equal((await readdir(`${path}/deep/run`)).length, 2);
    equal(await recovered(store, files), 3);
  }));

test("fileStore() fails with a typed error where there can be no folder", () =>
  withFolder(async (path) => {
    const [file] = await generations(1);
    await writeFile(`${path}/file`, "");
    const store = fileStore(`${path}/file/run`);
    await rejects(() => saveCheckpoint(store, file), CheckpointStoreError, /Cannot .*ENOTDIR/i);
    equal(await readFile(`${path}/file`, "utf8"), "");
  }));

test("a symbolic link under a checkpoint's name is passed over, its target untouched", () =>
  withFolder(async (path) => {
    const [file] = await generations(1);
    await mkdir(`${path}/run`);
    await writeFile(`${path}/precious`, "precious");
    await symlink(`${path}/precious`, `${path}/run/${NAME}`);
    const store = fileStore(`${path}/run`);
    await rejects(() => store.write(NAME, file), CheckpointExistsError, /Cannot write/);
    equal(await saveCheckpoint(store, file), NAME.replace("01", "02"));
    equal(await readFile(`${path}/precious`, "utf8"), "precious");
    ok((await lstat(`${path}/run/${NAME}`)).isSymbolicLink(), "no link any more");
  }));

test("a symbolic link to the folder is followed", () =>
  withFolder(async (path) => {
    const files = await generations(1);
    await mkdir(`${path}/real`);
    await symlink(`${path}/real`, `${path}/run`);
    await saveCheckpoint(fileStore(`${path}/run`), files[0]);
    equal(await recovered(fileStore(`${path}/real`), files), 1);
  }));

test("files of others in the folder stay as they are", () =>
  withFolder(async (path) => {
    const files = await generations(3);
    await writeFile(`${path}/notes.partial`, "mine");
    await writeFile(`${path}/checkpoint-1.safetensors`, "not ours");
    for (const file of files) await saveCheckpoint(fileStore(path), file);
    equal(await recovered(fileStore(path), files), 3);
    equal(await readFile(`${path}/notes.partial`, "utf8"), "mine");
    equal(await readFile(`${path}/checkpoint-1.safetensors`, "utf8"), "not ours");
  }));

test("two writers on one folder leave whole checkpoints only", () =>
  withFolder(async (path) => {
    const files = await generations(6);
    const write = async (own: readonly Uint8Array[]): Promise<void> => {
      for (let i = 0; i < 20; i++) await saveCheckpoint(fileStore(path), own[i % own.length]);
    };
    let isWriting = true;
    const read = async (): Promise<number> => {
      let reads = 0;
      for (; isWriting; reads++) {
        const found = await loadCheckpoint(fileStore(path));
        ok((found?.refused.length ?? 0) === 0, `refused ${found?.refused[0]?.error}`);
      }
      return reads;
    };
    const reading = read();
    await Promise.all([write(files.slice(0, 3)), write(files.slice(3))]);
    isWriting = false;
    ok(await reading > 0, "nothing was read");
    ok([3, 6, 2, 5].includes(await recovered(fileStore(path), files)), "not one of the last");
    ok(!(await readdir(path)).some((name) => name.endsWith(".partial")), "litter");
  }));

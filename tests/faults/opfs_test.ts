// The origin private file system, against a stand-in that behaves as browsers do.
import {
  CheckpointExistsError,
  type CheckpointStore,
  CheckpointStoreError,
  opfsStore,
  saveCheckpoint,
} from "../../checkpoint.ts";
import {
  type DirectoryHandle,
  type Locks,
  opfsFolder,
} from "../../src/train/checkpoint/opfs_store.ts";
import { storeInFolder } from "../../src/train/checkpoint/store.ts";
import { equal, ok, rejects, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { generations, recovered } from "./_generations.ts";

interface Quota {
  bytes: number;
}

function fails(name: string): never {
  throw new DOMException("simulated", name);
}

/** A folder whose files take from a quota; in a worker there are synchronous handles. */
function directory(quota: Quota, isWorker: boolean): DirectoryHandle & { files: string[] } {
  const files = new Map<string, Uint8Array>();
  const put = (name: string, bytes: Uint8Array, at: number): number => {
    if (bytes.length > quota.bytes) fails("QuotaExceededError");
    quota.bytes -= bytes.length;
    const length = isWorker ? Math.ceil(bytes.length / 2) : bytes.length; // handles may write less
    const content = new Uint8Array(at + length);
    content.set((files.get(name) ?? content).subarray(0, at));
    content.set(bytes.subarray(0, length), at);
    files.set(name, content);
    return length;
  };
  const made: DirectoryHandle & { files: string[] } = {
    get files() {
      return [...files.keys()];
    },
    getDirectoryHandle: () => Promise.resolve(made),
    // deno-lint-ignore require-await -- what it throws must reject
    removeEntry: async (name) => void (files.delete(name) || fails("NotFoundError")),
    entries: async function* () {
      for (const name of [...files.keys()]) yield [name, { kind: "file" }];
    },
    // deno-lint-ignore require-await -- what it throws must reject
    getFileHandle: async (name, options) => {
      if (!files.has(name)) {
        options?.create ? files.set(name, new Uint8Array(0)) : fails("NotFoundError");
      }
      const sync = {
        write: (bytes: Uint8Array, { at }: { at: number }) => put(name, bytes, at),
        flush: () => {},
        close: () => {},
      };
      return {
        getFile: () => Promise.resolve(new Blob([(files.get(name) ?? new Uint8Array(0)).slice()])),
        ...(isWorker ? { createSyncAccessHandle: () => Promise.resolve(sync) } : {}),
        createWritable: () =>
          Promise.resolve({
            // deno-lint-ignore require-await -- what it throws must reject
            write: async (bytes) => void put(name, bytes, 0),
            close: () => Promise.resolve(),
          }),
        move: async (to) => {
          await Promise.resolve();
          files.set(to, files.get(name) ?? fails("NotFoundError"));
          files.delete(name);
        },
      };
    },
  };
  return made;
}

/** The locks of an origin. */
function originLocks(): Locks {
  const held = new Map<string, Promise<unknown>>();
  return {
    request: (name, body) => {
      const turn = (held.get(name) ?? Promise.resolve()).then(body);
      held.set(name, turn.catch(() => {}));
      return turn;
    },
  };
}

/** A store in a stand-in, as a page of its own would open it. */
function storeIn(root: DirectoryHandle, locks: Locks = originLocks()): CheckpointStore {
  return storeInFolder(opfsFolder(() => Promise.resolve(root), locks, "run"));
}

for (const isWorker of [false, true]) {
  const where = isWorker ? "in a worker" : "in a page";
  test(`checkpoints in the origin private file system, ${where}`, async () => {
    const files = await generations(3);
    const root = directory({ bytes: 1e6 }, isWorker);
    const store = storeIn(root);
    equal([await store.read("none"), await recovered(store, files)], [undefined, 0]);
    for (const [i, file] of files.entries()) {
      await saveCheckpoint(store, file);
      equal(await recovered(store, files), i + 1);
    }
    equal(root.files.length, 2);
    await store.remove("none");
  });

  test(`a quota that is used up is a typed error, ${where}`, async () => {
    const files = await generations(2);
    const root = directory({ bytes: 2.5 * files[0].length }, isWorker);
    const store = storeIn(root);
    let error: unknown;
    for (let i = 0; i < 3 && !error; i++) {
      error = await saveCheckpoint(store, files[0]).catch((thrown) => thrown as Error).then((
        result,
      ) => result instanceof Error ? result : undefined);
    }
    ok(error instanceof CheckpointStoreError, `no typed error: ${error}`);
    equal(error.code, "QuotaExceededError");
    equal([await recovered(store, files), root.files.some((name) => name.endsWith(".partial"))], [
      1,
      false,
    ]);
  });
}

test("pages that save at once in the origin private file system get a name each", async () => {
  const files = await generations(6);
  const root = directory({ bytes: 1e7 }, false);
  const locks = originLocks();
  const names = await Promise.all(
    files.map((file) => saveCheckpoint(storeIn(root, locks), file, { keep: 9 })),
  );
  equal(new Set(names).size, files.length);
  for (const [i, name] of names.entries()) {
    equal(String(await storeIn(root).read(name)), String(files[i]));
  }
  await rejects(() => storeIn(root).write(names[0], files[1]), CheckpointExistsError, /Cannot/);
});

interface Page {
  readonly navigator?: { readonly storage?: { getDirectory?(): Promise<DirectoryHandle> } };
}

test("opfsStore() works in a page and refuses other hosts", async () => {
  const { storage } = (globalThis as unknown as Page).navigator ?? {};
  if (!storage?.getDirectory) {
    throws(() => opfsStore("run"), TypeError, /no origin private file system.*memoryStore\(\)/);
    return;
  }
  const store = opfsStore("curvature-test");
  for (const name of await store.names()) await store.remove(name);
  const files = await generations(3);
  const litter = await (await storage.getDirectory()).getDirectoryHandle("curvature-test", {
    create: true,
  });
  const first = "checkpoint-000000000001.safetensors";
  await litter.getFileHandle(`${first}.0123456789abcdef.partial`, { create: true });
  await litter.getDirectoryHandle("checkpoint-000000000009.safetensors", { create: true });
  for (const file of files) await saveCheckpoint(store, file);
  equal([(await store.names()).length, await recovered(store, files)], [2, 3]);
  await store.write("once", files[0]);
  await rejects(() => store.write("once", files[1]), CheckpointExistsError, /Cannot write once/);
  equal(String(await store.read("once")), String(files[0]));
  const keys: string[] = [];
  for await (const [key] of litter.entries()) keys.push(key);
  equal(keys.filter((key) => key.endsWith(".partial")), []);
});

test("a folder that cannot be opened is a typed error", async () => {
  const folder = opfsFolder(
    () => Promise.reject(new DOMException("no", "SecurityError")),
    originLocks(),
    "run",
  );
  await rejects(() => storeInFolder(folder).names(), CheckpointStoreError, /Cannot list/);
});

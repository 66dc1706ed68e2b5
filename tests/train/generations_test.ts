// Which checkpoints of a run are stored, kept and found, whoever else writes and whatever lies beside them.
import {
  CheckpointExistsError,
  CheckpointIntegrityError,
  type CheckpointStore,
  CheckpointStoreError,
  loadCheckpoint,
  memoryStore,
  saveCheckpoint,
} from "../../checkpoint.ts";
import { equal, ok, rejects } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { generations } from "../faults/_generations.ts";

const STRAYS: readonly string[] = [
  "999999999999",
  "1000000000000",
  "9007199254740991",
  "9007199254740993",
  "18446744073709551615",
  "9".repeat(30),
  "9".repeat(31),
  "9".repeat(100),
  "9".repeat(230),
];

function nameOf(number: number | string): string {
  return `checkpoint-${String(number).padStart(12, "0")}.safetensors`;
}

/** A store as somebody may write it who does not know that others write too. */
function replacingStore(): CheckpointStore {
  const files = new Map<string, Uint8Array>();
  return {
    names: () => Promise.resolve([...files.keys()]),
    read: (name) => Promise.resolve(files.get(name)),
    write: async (name, bytes) => {
      await Promise.resolve();
      files.set(name, bytes);
    },
    remove: (name) => Promise.resolve(void files.delete(name)),
  };
}

function damaged(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length - 1] ^= 1;
  return copy;
}

for (const [kind, make] of Object.entries({ memoryStore, replacingStore })) {
  test(`simultaneous saves get a name each, in the order of their calls: ${kind}`, async () => {
    const store = make();
    const files = Array.from({ length: 20 }, (_, i) => new Uint8Array([i]));
    const names = await Promise.all(
      files.map((file) => saveCheckpoint(store, file, { keep: 50 })),
    );
    equal(names, files.map((_, i) => nameOf(i + 1)));
    for (const [i, name] of names.entries()) equal([...await store.read(name) ?? []], [i]);
  });
}

test("a save that fails does not hold up those after it", async () => {
  const store = memoryStore();
  let failures = 1;
  const failing: CheckpointStore = {
    ...store,
    write: (name, bytes) =>
      failures-- > 0 ? Promise.reject(new Error("full")) : store.write(name, bytes),
  };
  const saves = [1, 2].map((byte) => saveCheckpoint(failing, new Uint8Array([byte])));
  equal((await Promise.allSettled(saves)).map(({ status }) => status), ["rejected", "fulfilled"]);
});

test("saveCheckpoint() stores the bytes of the call", async () => {
  const [file] = await generations(1);
  const bytes = file.slice();
  const store = memoryStore();
  const saving = [saveCheckpoint(store, bytes), saveCheckpoint(store, bytes)];
  bytes.fill(0);
  for (const name of await Promise.all(saving)) equal(String(await store.read(name)), String(file));
});

test("a name that another writer takes first is left to it", async () => {
  const [file] = await generations(1);
  const store = memoryStore();
  let rivals = 3;
  const contested: CheckpointStore = {
    ...store,
    write: async (name, bytes) => {
      if (rivals-- > 0) await store.write(name, new Uint8Array([rivals]));
      await store.write(name, bytes);
    },
  };
  equal(await saveCheckpoint(contested, file, { keep: 9 }), nameOf(4));
  equal((await store.names()).length, 4);
});

test("a number is not used again after its file was removed as too old", async () => {
  const files = await generations(3);
  const store = memoryStore();
  let isFirst = true;
  const slow: CheckpointStore = {
    ...store,
    write: async (name, bytes) => {
      if (isFirst) {
        isFirst = false;
        // Meanwhile another writer takes this number and two more, and removes this one.
        for (const other of files) await saveCheckpoint(store, other, { keep: 2 });
        equal(await store.read(name), undefined);
      }
      await store.write(name, bytes);
    },
  };
  equal(await saveCheckpoint(slow, files[0]), nameOf(4));
  equal((await store.names()).sort(), [nameOf(3), nameOf(4)]);
});

test("a store whose names are always taken ends a save with a typed error", async () => {
  const taken: CheckpointStore = {
    ...memoryStore(),
    write: (name) => Promise.reject(new CheckpointExistsError(name)),
  };
  await rejects(
    () => saveCheckpoint(taken, new Uint8Array(1)),
    CheckpointStoreError,
    /Cannot save a checkpoint: other writers are always first/,
  );
});

test("stores refuse a name that is taken and leave its file as it is", async () => {
  const store = memoryStore();
  await store.write("a", new Uint8Array([1]));
  await rejects(() => store.write("a", new Uint8Array([2])), CheckpointExistsError, /write a/);
  equal([...await store.read("a") ?? []], [1]);
});

for (const digits of STRAYS) {
  const label = digits.length > 20 ? `${digits.length} nines` : digits;
  test(`a damaged file with the number ${label} neither hides nor removes sound ones`, async () => {
    const files = await generations(6);
    const store = memoryStore();
    for (const file of files.slice(0, 3)) await saveCheckpoint(store, file);
    await store.write(nameOf(digits), damaged(files[5]));
    equal(String((await loadCheckpoint(store))?.bytes), String(files[2]));
    for (const file of files.slice(3)) {
      const name = await saveCheckpoint(store, file);
      const found = await loadCheckpoint(store);
      equal([found?.name, String(found?.bytes)], [name, String(file)]);
      let sound = 0;
      for (const kept of await store.names()) {
        if (files.map(String).includes(String(await store.read(kept)))) sound++;
      }
      equal(sound, 2);
    }
  });
}

test("a number that has no successor is a typed error that names its file", async () => {
  const store = memoryStore();
  await store.write(nameOf(String(2n ** 100n)), new Uint8Array(1));
  await rejects(
    () => saveCheckpoint(store, new Uint8Array(1)),
    CheckpointStoreError,
    /no number comes after checkpoint-1267650600228229401496703205376/,
  );
});

for (const keep of [1, 2, 3]) {
  test(`keep: ${keep} counts sound checkpoints only`, async () => {
    const files = await generations(8);
    const store = memoryStore();
    for (const [i, file] of files.entries()) {
      // Every other one, and the last three, are damaged.
      const isDamaged = i % 2 === 1 || i >= 5;
      await saveCheckpoint(store, isDamaged ? damaged(file) : file, { keep });
    }
    const stored: string[] = [];
    for (const name of await store.names()) stored.push(String(await store.read(name)));
    const sound = files.flatMap((file, i) => stored.includes(String(file)) ? [i] : []);
    equal(sound, [0, 2, 4].slice(-keep));
    const found = await loadCheckpoint(store);
    equal(String(found?.bytes), String(files[4]));
    ok(
      found?.refused.every(({ error }) => error instanceof CheckpointIntegrityError),
      "not damage",
    );
    equal(found?.refused.length, Math.min(keep, 3));
    equal((await store.names()).length <= 2 * keep, true);
  });
}

test("a checkpoint that cannot be read is neither counted nor removed", async () => {
  const files = await generations(3);
  const store = memoryStore();
  for (const file of files.slice(0, 2)) await saveCheckpoint(store, file);
  const unreadable: CheckpointStore = {
    ...store,
    read: (name) =>
      name === nameOf(2)
        ? Promise.reject(new CheckpointStoreError("read", new Error("EIO")))
        : store.read(name),
  };
  await saveCheckpoint(unreadable, files[2], { keep: 2 });
  equal((await store.names()).sort(), [1, 2, 3].map(nameOf));
});

test("a store that lists what it does not have holds no checkpoint", async () => {
  const ghost: CheckpointStore = { ...memoryStore(), names: () => Promise.resolve([nameOf(1)]) };
  equal(await loadCheckpoint(ghost), undefined);
});

import {
  type CheckpointStore,
  loadCheckpoint,
  memoryStore,
  opfsStore,
  saveCheckpoint,
} from "../../checkpoint.ts";
import { storeInFolder } from "../../src/train/checkpoint/store.ts";
import { equal, rejects, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const BYTES = new Uint8Array([1, 2, 3]);

/** A folder that must not be touched. */
const forbidden = storeInFolder({
  name: "forbidden",
  names: () => Promise.reject(new Error("names")),
  read: () => Promise.reject(new Error("read")),
  create: () => Promise.reject(new Error("create")),
  publish: () => Promise.reject(new Error("publish")),
  remove: () => Promise.reject(new Error("remove")),
  isMissing: () => false,
});

test("stores refuse names that lead out of their folder", async () => {
  for (const store of [memoryStore(), forbidden]) {
    for (const name of ["", "..", ".hidden", "../up", "a/b", "a\\b", "a\0b", "a b"]) {
      await rejects(() => store.read(name), RangeError, /Cannot read .* name must be of letters/);
      await rejects(() => store.write(name, BYTES), RangeError, /Cannot write/);
      await rejects(() => store.remove(name), RangeError, /Cannot remove/);
    }
    await rejects(() => store.read(3 as never), TypeError, /must be a string/);
    await rejects(() => store.write("a", [1] as never), TypeError, /must be a Uint8Array/);
  }
  throws(() => opfsStore("../up"), RangeError, /name must be of letters/);
});

test("memoryStore() keeps copies", async () => {
  const store = memoryStore();
  const bytes = BYTES.slice();
  await store.write("a", bytes);
  bytes[0] = 9;
  (await store.read("a"))?.fill(0);
  equal([...await store.read("a") ?? []], [...BYTES]);
  await store.remove("a");
  equal([await store.read("a"), await store.names()], [undefined, []]);
});

test("saveCheckpoint() numbers files and keeps the newest", async () => {
  const store = memoryStore();
  await store.write("checkpoint-7.safetensors", BYTES); // not one of ours
  const names: string[] = [];
  for (let i = 0; i < 4; i++) names.push(await saveCheckpoint(store, BYTES, { keep: 3 }));
  equal(names[3], "checkpoint-000000000004.safetensors");
  equal((await store.names()).sort(), [...names.slice(1), "checkpoint-7.safetensors"]);
});

test("saveCheckpoint() and loadCheckpoint() refuse what is no store, bytes or count", async () => {
  const store = memoryStore();
  const none = {} as CheckpointStore;
  await rejects(
    () => saveCheckpoint(none, BYTES),
    TypeError,
    /the store must be a store.* without/,
  );
  await rejects(() => loadCheckpoint(none), TypeError, /the store must be a store.* without/);
  await rejects(() => saveCheckpoint(store, "x" as never), TypeError, /must be a Uint8Array/);
  await rejects(() => saveCheckpoint(store, BYTES, { keep: 0 }), RangeError, /whole and positive/);
  await rejects(() => saveCheckpoint(store, BYTES, { keep: "2" as never }), TypeError, /a number/);
  equal(await store.names(), []);
});

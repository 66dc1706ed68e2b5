import type { CheckpointStore } from "./store.ts";

/**
 * Keeps checkpoints in memory, for hosts without files: their bytes can be sent elsewhere from there.
 *
 * @example
 * ```ts
 * import { memoryStore } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * const store = memoryStore();
 * await store.write("a", new Uint8Array([1, 2]));
 * assertEquals(await store.read("a"), new Uint8Array([1, 2]));
 * ```
 */
export function memoryStore(): CheckpointStore {
  const files = new Map<string, Uint8Array>();
  return Object.freeze({
    names: () => Promise.resolve([...files.keys()]),
    read: (name: string) => Promise.resolve(files.get(name)?.slice()),
    write: (name: string, bytes: Uint8Array) => {
      files.set(name, bytes.slice());
      return Promise.resolve();
    },
    remove: (name: string) => {
      files.delete(name);
      return Promise.resolve();
    },
  });
}

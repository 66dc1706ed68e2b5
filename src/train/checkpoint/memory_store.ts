import { checkBytes } from "../../runtime/arguments.ts";
import { CheckpointExistsError } from "../../runtime/errors.ts";
import { checkName, type CheckpointStore } from "./store.ts";

/**
 * Keeps checkpoints in memory, for hosts without files: their bytes can be sent elsewhere from there.
 *
 * @throws {CheckpointExistsError} from `write()`, when a file has the name.
 *
 * @example
 * ```ts
 * import { memoryStore } from "curvature/checkpoint";
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
    names: () => settled(() => [...files.keys()]),
    read: (name: string) =>
      settled(() => {
        checkName("read a checkpoint", name);
        return files.get(name)?.slice();
      }),
    write: (name: string, bytes: Uint8Array) =>
      settled(() => {
        checkName("write a checkpoint", name);
        checkBytes("write a checkpoint", "its bytes", bytes);
        if (files.has(name)) throw new CheckpointExistsError(name);
        files.set(name, bytes.slice());
      }),
    remove: (name: string) =>
      settled(() => {
        checkName("remove a checkpoint", name);
        files.delete(name);
      }),
  });
}

/** A promise of what `body` returns or throws. */
function settled<T>(body: () => T): Promise<T> {
  return new Promise((resolve) => resolve(body()));
}

// Checkpoints in a page's or worker's origin private file system.
import { checkName, type CheckpointStore, type Folder, storeInFolder } from "./store.ts";

interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
}

interface FileHandle {
  getFile(): Promise<{ arrayBuffer(): Promise<ArrayBuffer> }>;
  /** In workers only. */
  createSyncAccessHandle?(): Promise<SyncAccessHandle>;
  createWritable(): Promise<{ write(bytes: Uint8Array): Promise<void>; close(): Promise<void> }>;
  move(name: string): Promise<void>;
}

/** What is needed of a `LockManager`: of all pages and workers of an origin, one holds a lock. */
export interface Locks {
  request<T>(name: string, body: () => Promise<T>): Promise<T>;
}

interface Host {
  readonly navigator?: {
    readonly storage?: { getDirectory(): Promise<DirectoryHandle> };
    readonly locks?: Locks;
  };
}

/** What is needed of a `FileSystemDirectoryHandle`. */
export interface DirectoryHandle {
  getDirectoryHandle(name: string, options: { create: boolean }): Promise<DirectoryHandle>;
  getFileHandle(name: string, options?: { create: boolean }): Promise<FileHandle>;
  removeEntry(name: string): Promise<void>;
  entries(): AsyncIterable<[name: string, handle: { readonly kind: string }]>;
}

/**
 * Keeps checkpoints in a folder of the origin private file system, in pages and workers.
 *
 * A file is written under a name of its own, flushed, then moved to its name, which must be free. Any number of
 * tabs and workers may use a folder; none replaces a file of another. Hosts do not say when a move is durable; a
 * damaged newest file is passed over for the one before. Pages have these files over https and on localhost only.
 *
 * @param folder Its name, one folder for one run.
 * @throws {TypeError} when the name is no string, or the host has no such file system.
 * @throws {RangeError} when the name is not one of a folder.
 *
 * @example
 * ```ts
 * import { opfsStore } from "curvature/checkpoint";
 * import { assertThrows } from "@std/assert";
 *
 * if (!navigator.storage?.getDirectory) assertThrows(() => opfsStore("run"), TypeError);
 * ```
 */
export function opfsStore(folder: string): CheckpointStore {
  checkName("keep checkpoints", folder);
  const { navigator } = globalThis as unknown as Host;
  const { storage, locks } = navigator ?? {};
  if (!storage?.getDirectory || !locks) {
    throw new TypeError(
      "Cannot keep checkpoints: this host has no origin private file system, which pages have over https " +
        "and on localhost only; memoryStore() works everywhere",
    );
  }
  return storeInFolder(opfsFolder(() => storage.getDirectory(), locks, folder));
}

/** A folder below the root of an origin private file system. */
export function opfsFolder(
  root: () => Promise<DirectoryHandle>,
  locks: Locks,
  name: string,
): Folder {
  const open = async (): Promise<DirectoryHandle> =>
    (await root()).getDirectoryHandle(name, { create: true });
  return {
    name,
    isMissing,
    names: async () => {
      const names: string[] = [];
      for await (const [file, { kind }] of (await open()).entries()) {
        if (kind === "file") names.push(file);
      }
      return names;
    },
    read: async (file) => {
      const handle = await (await open()).getFileHandle(file);
      return new Uint8Array(await (await handle.getFile()).arrayBuffer());
    },
    create: async (file, bytes) =>
      writeFile(await (await open()).getFileHandle(file, { create: true }), bytes),
    // A move replaces what has the name, and there is no exclusive creation.
    publish: (from, to) =>
      locks.request(`curvature checkpoints ${name}`, async () => {
        const folder = await open();
        if (await hasName(folder, to)) return false;
        await (await folder.getFileHandle(from)).move(to);
        return true;
      }),
    remove: async (file) => {
      try {
        await (await open()).removeEntry(file);
      } catch (error) {
        if (!isMissing(error) && !isLocked(error)) throw error;
      }
    },
  };
}

/** True for a name of a file or of a folder. */
async function hasName(folder: DirectoryHandle, name: string): Promise<boolean> {
  try {
    await folder.getFileHandle(name);
    return true;
  } catch (error) {
    return !isMissing(error); // a folder, or what the move will not get over
  }
}

function isMissing(error: unknown): boolean {
  return (error as Error).name === "NotFoundError";
}

/** True while another writer has the file open. */
function isLocked(error: unknown): boolean {
  return (error as Error).name === "NoModificationAllowedError";
}

async function writeFile(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  if (!handle.createSyncAccessHandle) {
    const stream = await handle.createWritable();
    await stream.write(bytes);
    return await stream.close();
  }
  const access = await handle.createSyncAccessHandle();
  try {
    for (let done = 0; done < bytes.length;) {
      const written = access.write(bytes.subarray(done), { at: done });
      if (written === 0) throw new RangeError("the host writes no more bytes");
      done += written;
    }
    access.flush();
  } finally {
    access.close();
  }
}

// Checkpoints in a folder of a file system: Node, Deno and Bun hand out `node:fs` at run time, so that nothing
// of it is imported in a browser.
import { checkString } from "../../runtime/arguments.ts";
import { type CheckpointStore, type Folder, storeInFolder } from "./store.ts";

interface FileHandle {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What is needed of `node:fs/promises`. */
export interface FileSystem {
  open(path: string, flags: "wx" | "r"): Promise<FileHandle>;
  mkdir(path: string, options: { recursive: true }): Promise<string | undefined>;
  readdir(path: string): Promise<string[]>;
  readFile(path: string): Promise<Uint8Array>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: true }): Promise<void>;
}

interface NodeProcess {
  getBuiltinModule?(id: string): unknown;
}

/** What hosts say that do not let a folder be opened or synchronized (Windows). */
const FOLDERS_NOT_SYNCABLE: readonly string[] = ["EISDIR", "EPERM", "EINVAL", "ENOTSUP"];

/**
 * Keeps checkpoints in a folder, which the first write makes, one folder for one run.
 *
 * A file is written under a name of its own, synchronized, renamed, and the folder synchronized: after a crash or
 * a power failure there are whole files only. Any number of writers may use a folder.
 *
 * @param folder Its path.
 * @throws {TypeError} when the path is no string, or the host has no file system (see `opfsStore()`).
 * @throws {RangeError} when the path is empty.
 *
 * @example
 * ```ts
 * import { fileStore } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const store = fileStore(`${folder}/run`);
 * await store.write("a", new Uint8Array([1, 2]));
 * assertEquals(await store.names(), ["a"]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function fileStore(folder: string): CheckpointStore {
  const { process } = globalThis as { process?: NodeProcess };
  const fs = process?.getBuiltinModule?.("node:fs/promises") as FileSystem | undefined;
  if (!fs) throw new TypeError("Cannot keep checkpoints in files: this host has no file system");
  checkString("keep checkpoints in files", "the folder", folder);
  if (folder === "") throw new RangeError("Cannot keep checkpoints in files: the path is empty");
  return storeInFolder(folderOf(fs, folder));
}

/** A folder of a file system. */
export function folderOf(fs: FileSystem, path: string): Folder {
  return {
    name: path,
    names: () => fs.readdir(path),
    read: async (name) => {
      const { buffer, byteOffset, length } = await fs.readFile(`${path}/${name}`);
      return new Uint8Array(buffer, byteOffset, length); // not Node's Buffer
    },
    create: async (name, bytes) => {
      await makeFolder(fs, path);
      await createFile(fs, `${path}/${name}`, bytes);
    },
    rename: async (from, to) => {
      await fs.rename(`${path}/${from}`, `${path}/${to}`);
      await syncFolder(fs, path);
    },
    remove: (name) => fs.rm(`${path}/${name}`, { force: true }),
    isMissing: (error) => (error as { code?: string }).code === "ENOENT",
  };
}

async function makeFolder(fs: FileSystem, path: string): Promise<void> {
  const first = await fs.mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length && made !== "";) {
    made = made.slice(0, Math.max(0, made.search(/[\\/][^\\/]*$/)));
    await syncFolder(fs, made === "" ? "." : made);
  }
}

async function createFile(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const file = await fs.open(path, "wx");
  try {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, done);
      if (bytesWritten === 0) throw new RangeError("the host writes no more bytes");
      done += bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes names in a folder durable. */
async function syncFolder(fs: FileSystem, path: string): Promise<void> {
  try {
    const folder = await fs.open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!FOLDERS_NOT_SYNCABLE.includes((error as { code?: string }).code ?? "")) throw error;
  }
}

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
  readdir(
    path: string,
    options: { withFileTypes: true },
  ): Promise<readonly { readonly name: string; isDirectory(): boolean }[]>;
  readFile(path: string): Promise<Uint8Array>;
  link(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: true }): Promise<void>;
}

interface NodeProcess {
  getBuiltinModule?(id: string): unknown;
}

/** What hosts say that do not let a folder be opened or synchronized (Windows). */
const FOLDERS_NOT_SYNCABLE: readonly string[] = ["EISDIR", "EPERM", "EINVAL", "ENOTSUP"];
/** What hosts say where a file has one name only: FAT on Linux, macOS and Windows, shared folders, Android. */
const ONE_NAME_ONLY: readonly string[] = [
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EISDIR",
  "EACCES",
  "EMLINK",
];

/**
 * Keeps checkpoints in a folder, which the first write makes, one folder for one run.
 *
 * A file is written under a name of its own, synchronized, linked to its name, which must be free, and the folder
 * synchronized: after a crash or a power failure there are whole files only. Any number of writers, in any number
 * of processes, may use a folder; none replaces a file of another. Where files cannot be linked (FAT), a crash
 * can leave a damaged newest file, which is passed over for the one before.
 *
 * @param folder Its path.
 * @throws {TypeError} when the path is no string, or the host has no file system (see `opfsStore()`).
 * @throws {RangeError} when the path is empty.
 *
 * @example
 * ```ts
 * import { fileStore } from "curvature/checkpoint";
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
    names: async () => {
      const entries = await fs.readdir(path, { withFileTypes: true });
      return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    },
    read: async (name) => {
      const { buffer, byteOffset, length } = await fs.readFile(`${path}/${name}`);
      return new Uint8Array(buffer, byteOffset, length); // not Node's Buffer
    },
    create: async (name, bytes) => {
      await makeFolder(fs, path);
      await createFile(fs, `${path}/${name}`, bytes);
    },
    publish: async (from, to) => {
      const isNew = await linkOrCopy(fs, `${path}/${from}`, `${path}/${to}`);
      if (isNew) await syncFolder(fs, path);
      return isNew;
    },
    remove: (name) => fs.rm(`${path}/${name}`, { force: true }),
    isMissing: (error) => codeOf(error) === "ENOENT",
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

/** Makes a file that must not exist. */
async function createFile(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const file = await fs.open(path, "wx");
  try {
    try {
      await writeAll(file, bytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    await fs.rm(path, { force: true }).catch(() => {}); // the first error is the one to tell
    throw error;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, done);
    if (bytesWritten === 0) throw new RangeError("the host writes no more bytes");
    done += bytesWritten;
  }
  await file.sync();
}

/** Gives a file a name that must be free; false when it is not. */
async function linkOrCopy(fs: FileSystem, from: string, to: string): Promise<boolean> {
  try {
    try {
      await fs.link(from, to);
    } catch (error) {
      if (!ONE_NAME_ONLY.includes(codeOf(error))) throw error;
      await createFile(fs, to, await fs.readFile(from));
    }
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
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
    if (!FOLDERS_NOT_SYNCABLE.includes(codeOf(error))) throw error;
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? "";
}

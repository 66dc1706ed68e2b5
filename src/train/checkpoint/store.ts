// Where checkpoints are kept. A store knows whole files only; a folder is what a host gives to build one on.
import { checkBytes, checkMethods, checkString, describe } from "../../runtime/arguments.ts";
import { CheckpointExistsError, CheckpointStoreError } from "../../runtime/errors.ts";

/**
 * Keeps files by name; one store holds one run. For one of your own, `write()` is what keeps simultaneous saves
 * apart, so it has to be exclusive in the place where the files are: "insert" of a database, "if none match" of
 * an object store.
 */
export interface CheckpointStore {
  /** The names of all files, in any order. */
  names(): Promise<string[]>;
  /** The bytes of a file, undefined when there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /**
   * Stores a file under a name that no file has, durably once the promise is fulfilled: whatever happens, a reader
   * sees all of it or none. Bytes that change after the call are stored as they were.
   *
   * @throws {CheckpointExistsError} when a file has the name; it stays as it is.
   */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file, if there is one. */
  remove(name: string): Promise<void>;
}

/** A folder of a host. Operations fail with the host's own errors. */
export interface Folder {
  /** What messages call it. */
  readonly name: string;
  /** The names of its files, not of its folders. */
  names(): Promise<string[]>;
  read(name: string): Promise<Uint8Array>;
  /** Makes a file under a name that nobody else uses, and returns when its bytes are durable. */
  create(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Gives a durable file a name that no file has, and returns true when that is durable; false, with nothing
   * changed, when the name is taken. Of many who try at once, one succeeds. The old name may remain.
   */
  publish(from: string, to: string): Promise<boolean>;
  /** Removes a file; there may be none. */
  remove(name: string): Promise<void>;
  /** True for the error of an operation whose file or folder is not there. */
  isMissing(error: unknown): boolean;
}

const PARTIAL = /\.[0-9a-f]{16}\.partial$/;
/** How often a write begins again because its unfinished file was taken away, or because it found room to make. */
const MAXIMUM_ATTEMPTS = 10;

/**
 * A store in a folder. A file is written under a name that nobody else uses and gets its own, which must be free,
 * when it is durable. What a crash left unfinished is removed once its name is taken, or when it may be what makes
 * the host fail; another writer that still needed it starts again.
 */
export function storeInFolder(folder: Folder): CheckpointStore {
  const attempt = async <T>(what: string, action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw new CheckpointStoreError(`${what} in ${folder.name}`, error);
    }
  };
  return Object.freeze({
    names: () =>
      attempt("list checkpoints", async () => {
        const names = await allNames(folder);
        return names.filter((name) => !PARTIAL.test(name));
      }),
    read: async (name: string) => {
      checkName("read a checkpoint", name);
      return await attempt(`read ${name}`, () => readIfThere(folder, name));
    },
    write: async (name: string, bytes: Uint8Array) => {
      checkName("write a checkpoint", name);
      checkBytes("write a checkpoint", "its bytes", bytes);
      const copy = bytes.slice();
      const isNew = await attempt(`write ${name}`, () => writeNew(folder, name, copy));
      if (!isNew) throw new CheckpointExistsError(name);
    },
    remove: async (name: string) => {
      checkName("remove a checkpoint", name);
      await attempt(`remove ${name}`, async () => {
        await removePartials(folder, (target) => target === name);
        await folder.remove(name);
      });
    },
  });
}

/** Refuses names that are no names of a file, or that lead out of a folder. */
export function checkName(action: string, name: unknown): void {
  checkString(action, "its name", name);
  if (!/^[\w-][\w.-]*$/.test(name as string)) {
    throw new RangeError(
      `Cannot ${action}: its name must be of letters, digits, ".", "-" and "_", not ${
        describe(name)
      }`,
    );
  }
}

/** Refuses what is no store. */
export function checkStore(action: string, store: unknown): void {
  checkMethods(
    action,
    "the store",
    store,
    ["names", "read", "write", "remove"],
    "a store, such as fileStore() makes",
  );
}

async function allNames(folder: Folder): Promise<string[]> {
  try {
    return await folder.names();
  } catch (error) {
    if (folder.isMissing(error)) return [];
    throw error;
  }
}

async function readIfThere(folder: Folder, name: string): Promise<Uint8Array | undefined> {
  try {
    return await folder.read(name);
  } catch (error) {
    if (folder.isMissing(error)) return undefined;
    throw error;
  }
}

/** Removes unfinished files, chosen by the names that they were to have; returns all that it removed. */
async function removePartials(
  folder: Folder,
  isChosen: (target: string, names: readonly string[]) => boolean,
): Promise<string[]> {
  const names = await allNames(folder);
  const chosen = names.filter((name) =>
    PARTIAL.test(name) && isChosen(name.replace(PARTIAL, ""), names)
  );
  for (const partial of chosen) await folder.remove(partial);
  return chosen;
}

/** True for an unfinished file that nobody can finish, because its name is taken. */
function isDead(target: string, names: readonly string[]): boolean {
  return names.includes(target);
}

/** Stores a file under a name that none has, and returns false when one has it. */
async function writeNew(folder: Folder, name: string, bytes: Uint8Array): Promise<boolean> {
  await removePartials(folder, isDead);
  if ((await allNames(folder)).includes(name)) return false;
  const isNew = await writeAndPublish(folder, name, bytes);
  await removePartials(folder, isDead);
  return isNew;
}

async function writeAndPublish(folder: Folder, name: string, bytes: Uint8Array): Promise<boolean> {
  for (let attempts = 1;; attempts++) {
    const partial = `${name}.${uniqueText()}.partial`;
    try {
      await folder.create(partial, bytes);
      return await folder.publish(partial, name);
    } catch (error) {
      // Whoever found the name taken may have tidied this file away before it was published.
      if (folder.isMissing(error) && (await allNames(folder)).includes(name)) return false;
      if (folder.isMissing(error) && attempts < MAXIMUM_ATTEMPTS) continue;
      // The first error is the one to tell. What a crash left may be what fills the disk.
      const removed = await removePartials(folder, (target) => target === name).catch(() => []);
      const hasMoreRoom = removed.some((other) => other !== partial);
      if (!hasMoreRoom || attempts === MAXIMUM_ATTEMPTS) throw error;
    }
  }
}

/** Sixteen hexadecimal digits that no other writer draws. */
function uniqueText(): string {
  const half = (): string => {
    // deno-lint-ignore curvature/host-math -- every host has it; it names a file for a moment and reaches no result
    const word = Math.floor(Math.random() * 0x100000000);
    return word.toString(16).padStart(8, "0");
  };
  return half() + half();
}

// Where checkpoints are kept. A store knows whole files only; a folder is what a host gives to build one on.
import { checkBytes, checkMethods, checkString, describe } from "../../runtime/arguments.ts";
import { CheckpointStoreError } from "../../runtime/errors.ts";

/** Keeps files by name; one store holds one run. */
export interface CheckpointStore {
  /** The names of all files, in any order. */
  names(): Promise<string[]>;
  /** The bytes of a file, undefined when there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Stores a file, durably once the promise is fulfilled: whatever happens, a reader sees all of it or none. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file, if there is one. */
  remove(name: string): Promise<void>;
}

/** A folder of a host. Operations fail with the host's own errors. */
export interface Folder {
  /** What messages call it. */
  readonly name: string;
  names(): Promise<string[]>;
  read(name: string): Promise<Uint8Array>;
  /** Makes a file that must not exist, and returns when its bytes are durable. */
  create(name: string, bytes: Uint8Array): Promise<void>;
  /** Gives a file another name, replacing what had it, and returns when that is durable. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; there may be none. */
  remove(name: string): Promise<void>;
  /** True for the error of an operation whose file or folder is not there. */
  isMissing(error: unknown): boolean;
}

const PARTIAL = /\.[0-9a-f]{16}\.partial$/;
/** How often another writer's tidying may take our unfinished file away before a write gives up. */
const MAXIMUM_ATTEMPTS = 10;

/**
 * A store in a folder. A file is written under a name that nobody else uses and renamed when it is durable; what
 * a crash left unfinished is removed by the next write. Another writer that still needed it starts again.
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
      await attempt(`write ${name}`, async () => {
        await removePartials(folder);
        await writeWhole(folder, name, bytes);
      });
    },
    remove: async (name: string) => {
      checkName("remove a checkpoint", name);
      await attempt(`remove ${name}`, () => folder.remove(name));
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

async function removePartials(folder: Folder): Promise<void> {
  const partials = (await allNames(folder)).filter((name) => PARTIAL.test(name));
  for (const name of partials) await folder.remove(name);
}

async function writeWhole(folder: Folder, name: string, bytes: Uint8Array): Promise<void> {
  for (let attempts = 1;; attempts++) {
    const partial = `${name}.${uniqueText()}.partial`;
    try {
      await folder.create(partial, bytes);
      return await folder.rename(partial, name);
    } catch (error) {
      const isTakenAway = folder.isMissing(error) && attempts < MAXIMUM_ATTEMPTS;
      if (isTakenAway) continue;
      await folder.remove(partial).catch(() => {}); // the first error is the one to tell
      throw error;
    }
  }
}

/** Sixteen hexadecimal digits that no other writer draws. */
function uniqueText(): string {
  // deno-lint-ignore curvature/host-state -- it names a file for a moment and reaches no result
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

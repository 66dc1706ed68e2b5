// The files of one run in a store: every checkpoint gets a number of its own and is never written again, so a
// crash can at worst lose the newest. Reading passes over what is damaged and says why. A sound file is removed
// only after newer sound ones were seen, so at every moment a reader finds one, whoever writes meanwhile.
import { checkBytes, checkNumber, checkOptions, namesOf } from "../../runtime/arguments.ts";
import {
  CheckpointExistsError,
  CheckpointFormatError,
  CheckpointIntegrityError,
  CheckpointStoreError,
} from "../../runtime/errors.ts";
import type { TensorFile } from "../safetensors/read.ts";
import { readSealed, sealOf } from "./seal.ts";
import { type CheckpointStore, checkStore } from "./store.ts";

/** Numbers have at least so many digits, so that their names sort for the eye. */
const DIGITS = 12;
const PATTERN = /^checkpoint-(\d{12}|[1-9]\d{12,})\.safetensors$/;
/** No run counts as far: files beyond it are strays. */
const LARGEST = 1n << 100n;
/** How many other writers may be first before a save gives up. */
const MAXIMUM_ATTEMPTS = 10_000;

/** Options of `saveCheckpoint()`. */
export interface SaveOptions {
  /** Newest sound checkpoints that are kept, at least 1. @default 2 */
  readonly keep?: number;
}

const NAMES = namesOf<SaveOptions>({ keep: true });

/** A checkpoint that could not be used. */
export interface RefusedCheckpoint {
  /** Its name in the store. */
  readonly name: string;
  /** Why. */
  readonly error: Error;
}

/** The newest checkpoint that is sound. */
export interface FoundCheckpoint {
  /** Its name in the store. */
  readonly name: string;
  /** Its bytes, for `restore()`. */
  readonly bytes: Uint8Array;
  /** Newer ones that are damaged, newest first. */
  readonly refused: readonly RefusedCheckpoint[];
}

/** The same with what was read. */
export interface OpenedCheckpoint extends FoundCheckpoint {
  readonly file: TensorFile;
}

/**
 * Stores a checkpoint as the newest of a run and removes those that are too old.
 *
 * The bytes are those at the call. Simultaneous saves, in one process or in several, get a name each; those into
 * one store object are stored in the order of their calls. Damaged files do not count as kept: they go once they
 * are older than as many files, and a sound one goes only when that many newer ones are sound.
 *
 * @param store Holds nothing but this run.
 * @param bytes What `checkpoint()` gave.
 * @returns Its name.
 * @throws {TypeError} when the store is not a store, the bytes are no Uint8Array or an option has the wrong type.
 * @throws {RangeError} when `keep` is not whole and positive.
 * @throws {CheckpointStoreError} when the host fails, for example because the disk is full; older checkpoints
 * are as they were.
 *
 * @example
 * ```ts
 * import { memoryStore, saveCheckpoint } from "curvature/checkpoint";
 * import { assertEquals } from "@std/assert";
 *
 * const store = memoryStore();
 * for (let i = 0; i < 5; i++) await saveCheckpoint(store, new Uint8Array([i]), { keep: 2 });
 * assertEquals((await store.names()).length, 2);
 * ```
 */
export async function saveCheckpoint(
  store: CheckpointStore,
  bytes: Uint8Array,
  options: SaveOptions = {},
): Promise<string> {
  checkStore("save a checkpoint", store);
  checkBytes("save a checkpoint", "its bytes", bytes);
  checkOptions("save a checkpoint", options, NAMES);
  const { keep = 2 } = options;
  checkNumber("save a checkpoint", "keep", keep, "count");
  const copy = bytes.slice();
  return await inTurn(store, async () => {
    const { name, numbers, overtaken } = await storeAsNewest(store, copy);
    for (const earlier of overtaken) await store.remove(earlier);
    await removeOld(store, numbers, keep, { name, bytes: copy });
    return name;
  });
}

/** The last save into a store; the next one waits for it, so that later calls get higher numbers. */
const saves = new WeakMap<CheckpointStore, Promise<unknown>>();

function inTurn<T>(store: CheckpointStore, save: () => Promise<T>): Promise<T> {
  const turn = (saves.get(store) ?? Promise.resolve()).then(save);
  saves.set(store, turn.catch(() => {}));
  return turn;
}

/** What a save has written: its name, the numbers in the store after that, and its names that came too late. */
interface Stored {
  readonly name: string;
  readonly numbers: readonly bigint[];
  readonly overtaken: readonly string[];
}

/**
 * Writes a file under a number that nobody has or had. A free number is not enough: another writer may have used it
 * and removed it as too old meanwhile. But then there are higher ones, for the newest file is never removed.
 */
async function storeAsNewest(store: CheckpointStore, bytes: Uint8Array): Promise<Stored> {
  const overtaken: string[] = [];
  let number = 0n;
  for (let attempts = 0; attempts < MAXIMUM_ATTEMPTS; attempts++) {
    number = 1n + larger(number, await newestNumber(store));
    const name = nameOf(number);
    if (!await isWritten(store, name, bytes)) continue;
    const numbers = await generations(store);
    if (!(numbers[0] > number)) return { name, numbers, overtaken };
    overtaken.push(name);
  }
  throw new CheckpointStoreError("save a checkpoint", new Error("other writers are always first"));
}

/** Writes a file unless there is one. */
async function isWritten(
  store: CheckpointStore,
  name: string,
  bytes: Uint8Array,
): Promise<boolean> {
  try {
    await store.write(name, bytes);
    return true;
  } catch (error) {
    if (error instanceof CheckpointExistsError) return false;
    throw error;
  }
}

/** The highest number, which must have a successor. */
async function newestNumber(store: CheckpointStore): Promise<bigint> {
  const [newest = 0n] = await generations(store);
  if (newest < LARGEST) return newest;
  const why = new RangeError(`no number comes after ${nameOf(newest)}, which is a stray to remove`);
  throw new CheckpointStoreError("save a checkpoint", why);
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/**
 * Removes what is older than the newest `keep` sound files, and of those that are older than `keep` files damaged ones and
 * copies of newer ones. Copies count once: a save that comes too late is there twice for a moment.
 */
async function removeOld(
  store: CheckpointStore,
  numbers: readonly bigint[],
  keep: number,
  own: { readonly name: string; readonly bytes: Uint8Array },
): Promise<void> {
  const sound = new Set<string>();
  for (const [newer, number] of numbers.entries()) {
    const name = nameOf(number);
    if (sound.size >= keep) {
      await store.remove(name);
      continue;
    }
    const found = await open(store, name, own.name === name ? own.bytes : undefined);
    const isCopy = found.file && sound.has(sealOf(found.file));
    if ((isCopy || found.isDamaged) && newer >= keep) await store.remove(name);
    if (found.file) sound.add(sealOf(found.file));
  }
}

/**
 * Finds the newest checkpoint of a run that is sound; undefined when there is none at all.
 *
 * @throws {TypeError} when `store` is not a store.
 * @throws {CheckpointFormatError} when there are only damaged ones and the newest is no checkpoint.
 * @throws {CheckpointIntegrityError} when there are only damaged ones and a byte of the newest is not as written.
 * @throws {CheckpointStoreError} when the host fails to list or to read.
 *
 * @example
 * ```ts
 * import { loadCheckpoint, memoryStore } from "curvature/checkpoint";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await loadCheckpoint(memoryStore()), undefined);
 * ```
 */
export async function loadCheckpoint(store: CheckpointStore): Promise<FoundCheckpoint | undefined> {
  checkStore("load a checkpoint", store);
  const opened = await openNewest(store);
  return opened && { name: opened.name, bytes: opened.bytes, refused: opened.refused };
}

/** The same, with the file that was read for it. */
export async function openNewest(store: CheckpointStore): Promise<OpenedCheckpoint | undefined> {
  const seen = new Set<bigint>();
  for (;;) {
    const numbers = await generations(store);
    // What is listed but gone was removed by another writer, after it had stored a newer one that is listed next.
    const isOver = numbers.every((number) => seen.has(number));
    const refused: RefusedCheckpoint[] = [];
    let isOvertaken = false;
    for (const number of numbers) {
      seen.add(number);
      const name = nameOf(number);
      const { bytes, file, error } = await open(store, name);
      if (bytes && file) return { name, bytes, file, refused };
      if (error) refused.push({ name, error });
      else isOvertaken = true;
    }
    if (isOvertaken && !isOver) continue;
    if (refused.length > 0) throw refused[0].error;
    return undefined;
  }
}

/** What a name in a store leads to; neither file nor error when there is nothing any more. */
interface Opened {
  readonly bytes?: Uint8Array;
  readonly file?: TensorFile;
  readonly error?: Error;
  /** True when its bytes are known, and are no checkpoint. */
  readonly isDamaged?: boolean;
}

/** Reads and verifies a file, or just verifies its bytes. */
async function open(store: CheckpointStore, name: string, known?: Uint8Array): Promise<Opened> {
  try {
    const bytes = known ?? await store.read(name);
    return bytes ? { bytes, file: await readSealed(bytes) } : {};
  } catch (error) {
    if (error instanceof CheckpointStoreError) return { error };
    const isDamaged = error instanceof CheckpointFormatError ||
      error instanceof CheckpointIntegrityError;
    if (isDamaged) return { error, isDamaged };
    throw error;
  }
}

function nameOf(number: bigint): string {
  return `checkpoint-${String(number).padStart(DIGITS, "0")}.safetensors`;
}

/** The numbers of a run's checkpoints, newest first. */
async function generations(store: CheckpointStore): Promise<bigint[]> {
  const numbers = (await store.names()).flatMap((name) => {
    const digits = PATTERN.exec(name)?.[1];
    return digits === undefined ? [] : [BigInt(digits)];
  });
  return numbers.filter((number) => number <= LARGEST).sort((a, b) => a < b ? 1 : -1);
}

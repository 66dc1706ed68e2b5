// The files of one run in a store: every checkpoint gets a number of its own and is never written again, so a
// crash can at worst lose the newest. Reading passes over what is damaged and says why.
import { checkBytes, checkNumber, checkOptions, namesOf } from "../../runtime/arguments.ts";
import {
  CheckpointFormatError,
  CheckpointIntegrityError,
  CheckpointStoreError,
} from "../../runtime/errors.ts";
import type { TensorFile } from "../safetensors/read.ts";
import { readSealed } from "./seal.ts";
import { type CheckpointStore, checkStore } from "./store.ts";

const DIGITS = 12;
const PATTERN = /^checkpoint-(\d{12})\.safetensors$/;

/** Options of `saveCheckpoint()`. */
export interface SaveOptions {
  /** Newest checkpoints that are kept, at least 1. @default 2 */
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
 * import { memoryStore, saveCheckpoint } from "curvature";
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
  const numbers = await generations(store);
  const number = (numbers[0] ?? 0) + 1;
  const name = nameOf(number);
  await store.write(name, bytes);
  for (const old of numbers.slice(keep - 1)) await store.remove(nameOf(old));
  return name;
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
 * import { loadCheckpoint, memoryStore } from "curvature";
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
  const refused: RefusedCheckpoint[] = [];
  let isOvertaken = false;
  for (const number of await generations(store)) {
    const name = nameOf(number);
    try {
      const bytes = await store.read(name);
      if (bytes) return { name, bytes, file: await readSealed(bytes), refused };
      isOvertaken = true; // another writer removed it, after it had stored a newer one
    } catch (error) {
      if (!isDamage(error)) throw error;
      refused.push({ name, error });
    }
  }
  if (isOvertaken) return openNewest(store);
  if (refused.length > 0) throw refused[0].error;
  return undefined;
}

function isDamage(error: unknown): error is Error {
  return error instanceof CheckpointFormatError || error instanceof CheckpointIntegrityError ||
    error instanceof CheckpointStoreError;
}

function nameOf(number: number): string {
  return `checkpoint-${String(number).padStart(DIGITS, "0")}.safetensors`;
}

/** The numbers of a run's checkpoints, newest first. */
async function generations(store: CheckpointStore): Promise<number[]> {
  const numbers = (await store.names()).map((name) => Number(PATTERN.exec(name)?.[1] ?? NaN));
  return numbers.filter((number) => number >= 0).sort((a, b) => b - a);
}

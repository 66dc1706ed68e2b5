// The header of a safetensors file: {"name": {"dtype", "shape", "data_offsets"}, …, "__metadata__": {…}}.
// Everything is checked before anything is allocated for it: a stranger's file can at worst be refused.
import { storedBytesPerElement, type StoredDType, storedDTypes } from "./stored_dtype.ts";
import type { Shape } from "../../tensor/shape.ts";
import { type HeaderString, JsonCursor, quote } from "./cursor.ts";

/** Bytes of a header at most. */
export const MAXIMUM_HEADER_BYTES: number = 16 * 1024 * 1024;
/** Tensors, and entries of metadata, in a file at most. */
export const MAXIMUM_TENSORS = 65536;
const MAXIMUM_RANK = 8;
const MAXIMUM_NAME_BYTES = 1024;

/** The key that holds metadata instead of a tensor. */
export const METADATA_KEY = "__metadata__";

/** One tensor as the header describes it. */
export interface TensorEntry {
  readonly dtype: StoredDType;
  readonly shape: Shape;
  /** Its bytes, counted from the end of the header: the first, and the one after the last. */
  readonly begin: number;
  readonly end: number;
  /** Where in the file the header names it. */
  readonly offset: number;
}

/** A header that was found to be sound. */
export interface Header {
  readonly metadata: ReadonlyMap<string, HeaderString>;
  readonly entries: ReadonlyMap<string, TensorEntry>;
}

/** Parses the header in the bytes from `start` to `end`. */
export function parseHeader(bytes: Uint8Array, start: number, end: number): Header {
  const cursor = new JsonCursor(bytes, start, end);
  if (bytes[start] !== "{".charCodeAt(0)) cursor.fail("the header does not begin with {");
  const entries = new Map<string, TensorEntry>();
  let metadata: ReadonlyMap<string, HeaderString> = new Map();
  cursor.object((key) => {
    if (key.text === METADATA_KEY) {
      metadata = parseMetadata(cursor);
      return;
    }
    if (key.end - key.start > MAXIMUM_NAME_BYTES) cursor.fail("a name is too long", key.start);
    if (entries.size === MAXIMUM_TENSORS) cursor.fail("there are too many tensors", key.start);
    entries.set(key.text, parseEntry(cursor, key));
  });
  cursor.padding();
  return { metadata, entries };
}

function parseMetadata(cursor: JsonCursor): ReadonlyMap<string, HeaderString> {
  const metadata = new Map<string, HeaderString>();
  cursor.object((key) => {
    if (metadata.size === MAXIMUM_TENSORS) cursor.fail("there is too much metadata", key.start);
    metadata.set(key.text, cursor.string());
  });
  return metadata;
}

function parseEntry(cursor: JsonCursor, name: HeaderString): TensorEntry {
  const what = `tensor ${quote(name.text)}`;
  let dtype: StoredDType | undefined;
  let shape: Shape | undefined;
  let offsets: readonly number[] | undefined;
  cursor.object((key) => {
    if (key.text === "dtype") dtype = parseDType(cursor, what);
    else if (key.text === "shape") shape = parseIntegers(cursor, MAXIMUM_RANK, `${what}: rank`);
    else if (key.text === "data_offsets") offsets = parseIntegers(cursor, 2, `${what}: offsets`);
    else cursor.fail(`${what} has the unknown key ${quote(key.text)}`, key.start);
  });
  const offset = name.start;
  if (!dtype || !shape || offsets?.length !== 2) {
    cursor.fail(`${what} lacks its dtype, shape or two data_offsets`, offset);
  }
  const [begin, end] = offsets;
  if (end - begin !== byteLength(cursor, what, shape, dtype)) {
    cursor.fail(`${what} does not have the bytes that its shape takes`, offset);
  }
  return { dtype, shape, begin, end, offset };
}

function parseDType(cursor: JsonCursor, what: string): StoredDType {
  const { text, start } = cursor.string();
  return storedDTypes.get(text) ??
    cursor.fail(`${what} has dtype ${quote(text)}, not F32, F64 or I64`, start);
}

function parseIntegers(cursor: JsonCursor, limit: number, what: string): readonly number[] {
  const numbers: number[] = [];
  cursor.array(() => {
    if (numbers.length === limit) cursor.fail(`${what}: more than ${limit} numbers`);
    numbers.push(cursor.integer());
  });
  return Object.freeze(numbers);
}

function byteLength(
  cursor: JsonCursor,
  what: string,
  shape: Shape,
  dtype: StoredDType,
): number {
  let bytes = storedBytesPerElement(dtype);
  for (const extent of shape) {
    bytes *= extent;
    if (!Number.isSafeInteger(bytes)) cursor.fail(`${what} has more than 2^53 - 1 bytes`);
  }
  return bytes;
}

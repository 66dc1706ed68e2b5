// Reads files of the safetensors format: 8 bytes with the length of a JSON header, the header, the elements
// of all tensors (little-endian, row-major, one after the other without holes).
import type { FloatArray } from "../../runtime/dtype.ts";
import { checkBytes } from "../../runtime/arguments.ts";
import { CheckpointFormatError } from "../../runtime/errors.ts";
import type { Shape } from "../../tensor/shape.ts";
import { type HeaderString, quote } from "./cursor.ts";
import { MAXIMUM_HEADER_BYTES, parseHeader, type TensorEntry } from "./header.ts";
import { elementsFrom, type StoredDType } from "./stored_dtype.ts";

const LENGTH_BYTES = 8;

/** A tensor in a file. */
export interface StoredTensor {
  readonly dtype: StoredDType;
  readonly shape: Shape;
  /** Its elements, a view of the file's bytes. */
  readonly bytes: Uint8Array;
}

/** A file that was found to be sound. */
export interface TensorFile {
  /** Strings by their keys, with their places in the file. */
  readonly metadata: ReadonlyMap<string, HeaderString>;
  /** Tensors by their names. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Reads a file, all checks first. Throws CheckpointFormatError. */
export function readTensorFile(bytes: Uint8Array): TensorFile {
  checkFileBytes(bytes);
  const start = LENGTH_BYTES + headerLength(bytes);
  const { metadata, entries } = parseHeader(bytes, LENGTH_BYTES, start);
  checkLayout(entries, bytes.length - start);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, begin, end }] of entries) {
    tensors.set(name, { dtype, shape, bytes: bytes.subarray(start + begin, start + end) });
  }
  return { metadata, tensors };
}

/** The elements of a stored tensor, copied: in a file they need not be aligned. */
export function elementsOf({ dtype, bytes }: StoredTensor): FloatArray {
  return elementsFrom(dtype, new Uint8Array(bytes));
}

/** Refuses what is no array of bytes, or one that another thread may change between check and use. */
export function checkFileBytes(bytes: unknown): asserts bytes is Uint8Array {
  checkBytes("read a tensor file", "its bytes", bytes);
  if (!((bytes as Uint8Array<ArrayBufferLike>).buffer instanceof ArrayBuffer)) {
    throw new TypeError("Cannot read a tensor file: its bytes must not be in shared memory");
  }
}

function headerLength(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) {
    throw new CheckpointFormatError("the length of the header is missing", bytes.length);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  const length = view.getUint32(0, true);
  if (view.getUint32(4, true) !== 0 || length > MAXIMUM_HEADER_BYTES) {
    throw new CheckpointFormatError(`the header is longer than ${MAXIMUM_HEADER_BYTES} bytes`, 0);
  }
  if (length > bytes.length - LENGTH_BYTES) {
    throw new CheckpointFormatError("the file ends within the header", bytes.length);
  }
  return length;
}

/** Refuses holes, overlaps and bytes that belong to no tensor. */
function checkLayout(entries: ReadonlyMap<string, TensorEntry>, length: number): void {
  const inOrder = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let next = 0;
  for (const [name, { begin, end, offset }] of inOrder) {
    if (begin !== next) {
      throw new CheckpointFormatError(`tensor ${quote(name)} leaves a hole or overlaps`, offset);
    }
    next = end;
  }
  if (next !== length) {
    throw new CheckpointFormatError(`tensors take ${next} bytes, there are ${length}`, 0);
  }
}

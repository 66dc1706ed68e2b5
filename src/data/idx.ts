import { checkBytes, checkString } from "../runtime/arguments.ts";
import type { Shape } from "../tensor/shape.ts";

/** A typed array that IDX can hold. */
export type IdxData =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** The contents of an IDX file. */
export interface IdxArray {
  /** Sizes of the axes, outermost first. */
  readonly shape: Shape;
  /** The elements in row-major order; bytes are a view of the file's. */
  readonly data: IdxData;
}

interface Format {
  readonly bytes: number;
  readonly decode: (view: DataView<ArrayBuffer>, count: number) => IdxData;
}

// The third byte of the magic number names the element type; multi-byte elements are big-endian.
const FORMATS: ReadonlyMap<number, Format> = new Map<number, Format>([
  [0x08, { bytes: 1, decode: (v, n) => new Uint8Array(v.buffer, v.byteOffset, n) }],
  [0x09, { bytes: 1, decode: (v, n) => new Int8Array(v.buffer, v.byteOffset, n) }],
  [0x0b, {
    bytes: 2,
    decode: (v, n) => Int16Array.from({ length: n }, (_, i) => v.getInt16(2 * i)),
  }],
  [0x0c, {
    bytes: 4,
    decode: (v, n) => Int32Array.from({ length: n }, (_, i) => v.getInt32(4 * i)),
  }],
  [0x0d, {
    bytes: 4,
    decode: (v, n) => Float32Array.from({ length: n }, (_, i) => v.getFloat32(4 * i)),
  }],
  [0x0e, {
    bytes: 8,
    decode: (v, n) => Float64Array.from({ length: n }, (_, i) => v.getFloat64(8 * i)),
  }],
]);

const MAGIC_BYTES = 4;

/**
 * Reads an IDX file, the format of MNIST: every byte must be accounted for.
 *
 * @param bytes The whole file, decompressed.
 * @param name What messages call the file.
 * @throws {TypeError} when the bytes are not in a Uint8Array or the name is not a string.
 * @throws {SyntaxError} when it is no IDX file, of an unknown type, truncated or too long.
 *
 * @example
 * ```ts
 * import { readIdx } from "curvature/data";
 * import { assertEquals } from "@std/assert";
 *
 * const file = new Uint8Array([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]); // three bytes: 7, 2, 1
 * assertEquals(readIdx(file).shape, [3]);
 * assertEquals([...readIdx(file).data], [7, 2, 1]);
 * ```
 */
export function readIdx(bytes: Uint8Array<ArrayBuffer>, name = "IDX data"): IdxArray {
  checkBytes("read IDX data", "the file", bytes);
  checkString("read IDX data", "the name", name);
  const refuse = (why: string): never => {
    throw new SyntaxError(`Cannot read ${name}: ${why}`);
  };
  if (bytes.length < MAGIC_BYTES || bytes[0] !== 0 || bytes[1] !== 0) {
    refuse("it does not begin with IDX's magic number");
  }
  const format = FORMATS.get(bytes[2]) ?? refuse(`element type ${bytes[2]} is not one of IDX's`);
  const rank = bytes[3];
  const header = MAGIC_BYTES + 4 * rank;
  if (rank === 0 || bytes.length < header) refuse(`the header for rank ${rank} is not complete`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(MAGIC_BYTES + 4 * axis));
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (bytes.length !== header + count * format.bytes) {
    refuse(
      `a shape of (${shape.join(", ")}) takes ${
        header + count * format.bytes
      } bytes, it has ${bytes.length}`,
    );
  }
  const elements = new DataView(bytes.buffer, bytes.byteOffset + header);
  return { shape, data: format.decode(elements, count) };
}

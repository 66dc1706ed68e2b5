import { checkBytes, checkString } from "../runtime/arguments.ts";
import type { DType } from "../runtime/dtype.ts";
import { checkShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { checkTensor, Tensor } from "../tensor/tensor.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
const ALIGNMENT = 64;
const DTYPES: ReadonlyMap<string, DType> = new Map([["<f4", "float32"], ["<f8", "float64"]]);

/**
 * Reads a NumPy `.npy` file of little-endian float32 or float64 in row-major order.
 *
 * @param bytes The whole file.
 * @param name What messages call it.
 * @throws {TypeError} when the bytes are not in a Uint8Array or the name is not a string.
 * @throws {SyntaxError} when it is no such file, truncated or too long.
 * @throws {RangeError} when the shape is too large.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { readNpy, writeNpy } from "curvature/data";
 * import { assertEquals } from "@std/assert";
 *
 * using weights = tensor([[1, 2], [3, 4]]);
 * using same = readNpy(writeNpy(weights));
 * assertEquals(same.toArray(), [[1, 2], [3, 4]]);
 * ```
 */
export function readNpy(bytes: Uint8Array, name = "npy data"): Tensor {
  checkBytes("read npy data", "the file", bytes);
  checkString("read npy data", "the name", name);
  const { text, end } = readHeader(bytes, name);
  const dtype = DTYPES.get(entry(text, /'descr': *'([^']*)'/, name)) ??
    refuse(name, "its elements are not little-endian float32 or float64");
  if (entry(text, /'fortran_order': *(True|False)/, name) === "True") {
    refuse(name, "it is in column-major order");
  }
  const sizes = entry(text, /'shape': *\(([\d, ]*)\)/, name);
  const shape = sizes.split(",").map((size) => size.trim()).filter((size) => size !== "").map(
    Number,
  );
  checkShape(`read ${name}`, shape);
  const length = sizeOf(shape) * (dtype === "float32" ? 4 : 8);
  if (bytes.length - end !== length) {
    refuse(name, `it has ${bytes.length - end} bytes of elements, its shape takes ${length}`);
  }
  const made = new Tensor(dtype, shape);
  bytesOf(made).set(bytes.subarray(end));
  return made;
}

/**
 * Writes a tensor as a NumPy `.npy` file.
 *
 * @throws {TypeError} when `source` is not a tensor.
 * @throws {DisposedError} when it was disposed.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { writeNpy } from "curvature/data";
 * import { assertEquals } from "@std/assert";
 *
 * using weights = tensor([1, 2, 3]);
 * assertEquals(writeNpy(weights).length, 128 + 12);
 * ```
 */
export function writeNpy(source: Tensor): Uint8Array<ArrayBuffer> {
  checkTensor("write npy data", "the source", source);
  const descr = source.dtype === "float32" ? "<f4" : "<f8";
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple(source.shape)}, }`;
  const unpadded = MAGIC.length + 4 + text.length + 1;
  const end = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT;
  const header = new TextEncoder().encode(`${text.padEnd(text.length + end - unpadded)}\n`);
  const elements = bytesOf(source);
  const bytes = new Uint8Array(end + elements.length);
  bytes.set([...MAGIC, 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(header, MAGIC.length + 4);
  bytes.set(elements, end);
  return bytes;
}

/** The dictionary, and where the elements begin. Version 1 has 2 bytes of header length, 2 and 3 have 4. */
function readHeader(bytes: Uint8Array, name: string): { text: string; end: number } {
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    refuse(name, "it does not begin with NumPy's magic string");
  }
  const version = bytes[6];
  if (version < 1 || version > 3) refuse(name, `version ${version} is not known`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > bytes.length) refuse(name, "its header is truncated");
  return { text: new TextDecoder().decode(bytes.subarray(start, end)), end };
}

function entry(text: string, pattern: RegExp, name: string): string {
  return pattern.exec(text)?.[1] ??
    refuse(name, `its header lacks ${pattern.source.split(":")[0]}`);
}

function tuple(shape: Shape): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

function bytesOf(source: Tensor): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = source.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function refuse(name: string, why: string): never {
  throw new SyntaxError(`Cannot read ${name}: ${why}`);
}

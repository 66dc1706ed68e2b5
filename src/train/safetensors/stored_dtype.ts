// Element types of tensors in files. Integers are read into float64 numbers, and written from them, exactly: beyond 2^53
// they are refused by whom they have a meaning for.
import { bytesPerElement, type DType, type FloatArray } from "../../runtime/dtype.ts";

/** Those of tensors, and the integers in which PyTorch counts. */
export type StoredDType = DType | "int64";

/** By their names in files. */
export const storedDTypes: ReadonlyMap<string, StoredDType> = new Map([
  ["F32", "float32"],
  ["F64", "float64"],
  ["I64", "int64"],
]);

const NAMES = new Map(Array.from(storedDTypes, ([name, dtype]) => [dtype, name]));

/** The name of an element type in files. */
export function storedName(dtype: StoredDType): string {
  return NAMES.get(dtype) as string;
}

/** Bytes of an element in a file. */
export function storedBytesPerElement(dtype: StoredDType): number {
  return dtype === "int64" ? BigInt64Array.BYTES_PER_ELEMENT : bytesPerElement(dtype);
}

/** The elements that bytes of their own hold. */
export function elementsFrom(dtype: StoredDType, { buffer }: Uint8Array<ArrayBuffer>): FloatArray {
  if (dtype === "int64") return Float64Array.from(new BigInt64Array(buffer), Number);
  return dtype === "float32" ? new Float32Array(buffer) : new Float64Array(buffer);
}

/** The bytes of elements. */
export function bytesOf(dtype: StoredDType, elements: FloatArray): Uint8Array<ArrayBuffer> {
  // In JavaScript: a file is written.
  const { buffer, byteOffset, byteLength } = dtype === "int64"
    ? BigInt64Array.from(elements, BigInt)
    : elements;
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

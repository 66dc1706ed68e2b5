// Typed arrays of any length that take no memory: what is written to them is dropped, and every element is the same.
import type { DType, FloatArray } from "./dtype.ts";

/** Nothing divides by zero, no logarithm is infinite, a matrix of it is symmetric, and it may be a class. */
const ELEMENT = 1;

/** Codes of the digits. */
const [ZERO, NINE] = [48, 57];

type Method = (...args: never[]) => unknown;

/** Methods that would write: they return the array. */
const WRITERS: ReadonlySet<string | symbol> = new Set([
  "copyWithin",
  "fill",
  "reverse",
  "set",
  "sort",
]);

/** True for names that begin with a digit; whole loops over large arrays come through here. */
function isIndex(name: string | symbol): boolean {
  if (typeof name === "symbol") return false;
  const code = name.charCodeAt(0);
  return code >= ZERO && code <= NINE;
}

/** An array of that many numbers that says to look into `buffer`. */
export function imaginedArray(dtype: DType, length: number, buffer: ArrayBuffer): FloatArray {
  const Kind = dtype === "float32" ? Float32Array : Float64Array;
  const empty = new Kind(0);
  const get = (_: FloatArray, name: string | symbol): unknown => {
    if (isIndex(name)) return ELEMENT;
    if (name === "length") return length;
    if (name === "buffer") return buffer;
    if (name === "byteLength") return length * Kind.BYTES_PER_ELEMENT;
    if (WRITERS.has(name)) return (): FloatArray => array;
    if (name === "subarray") {
      return (start = 0, end = length): FloatArray =>
        imaginedArray(dtype, Math.max(0, Math.min(end, length) - start), buffer);
    }
    const value: unknown = Reflect.get(empty, name);
    if (typeof value !== "function") return value;
    return (...args: never[]): unknown =>
      (value as Method).apply(new Kind(length).fill(ELEMENT), args);
  };
  const array: FloatArray = new Proxy<FloatArray>(empty, { get, set: () => true });
  return array;
}

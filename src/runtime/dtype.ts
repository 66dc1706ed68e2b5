import { describe } from "./arguments.ts";

/** Element type of a tensor: float32 to train fast, float64 to reach machine precision. */
export type DType = "float32" | "float64";

/** The typed array that views elements of a dtype. */
export type FloatArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Refuses what is not a dtype. */
export function checkDType(action: string, dtype: unknown): asserts dtype is DType {
  if (dtype !== "float32" && dtype !== "float64") {
    throw new TypeError(
      `Cannot ${action}: dtype must be "float32" or "float64", not ${describe(dtype)}`,
    );
  }
}

/** Bytes of one element. */
export function bytesPerElement(dtype: DType): number {
  return dtype === "float32" ? 4 : 8;
}

/** Distance from 1 to the next number of the dtype. */
export function machineEpsilon(dtype: DType): number {
  return dtype === "float32" ? 1.1920928955078125e-7 : Number.EPSILON;
}

/** The largest finite number of a dtype. */
export function largestFinite(dtype: DType): number {
  return dtype === "float32" ? 3.4028234663852886e38 : Number.MAX_VALUE;
}

// The numbers of a dtype next to a real one.
import type { DType } from "../runtime/dtype.ts";

/** Numbers of a dtype, and their bits as integers. */
const SHARED = {
  float32: (): [Float32Array, Int32Array] => {
    const numbers = new Float32Array(1);
    return [numbers, new Int32Array(numbers.buffer)];
  },
  float64: (): [Float64Array, BigInt64Array] => {
    const numbers = new Float64Array(1);
    return [numbers, new BigInt64Array(numbers.buffer)];
  },
} as const;

/** The largest number of a dtype that is less than x; x finite. */
export function largestBelow(dtype: DType, x: number): number {
  const [numbers, bits] = SHARED[dtype]();
  numbers[0] = x;
  if (numbers[0] < x) return numbers[0];
  if (numbers[0] === 0) {
    bits[0]++;
    return -numbers[0];
  }
  if (numbers[0] > 0) bits[0]--;
  else bits[0]++;
  return numbers[0];
}

/** The smallest number of a dtype that is not less than x; x finite. */
export function smallestFrom(dtype: DType, x: number): number {
  const [numbers] = SHARED[dtype]();
  numbers[0] = x;
  return numbers[0] >= x ? numbers[0] : -largestBelow(dtype, -x);
}

// Errors in units in the last place, and the order of the floating-point numbers.
import type { DType } from "../../src/runtime/dtype.ts";

const value = new Float64Array(1);
const words = new Int32Array(value.buffer);

/** Distance between the numbers of a dtype around x, at least that of its subnormals. */
export function ulp(x: number, dtype: DType): number {
  const [digits, least] = dtype === "float32" ? [23, -126] : [52, -1022];
  value[0] = x;
  const exponent = ((words[1] >> 20) & 0x7ff) - 1023;
  return 2 ** Math.max(exponent - digits, least - digits);
}

/**
 * |actual - (expected + tail)| in ulp of `expected`, whose tail continues it beyond double precision.
 * Equal infinities and NaN for NaN count as 0, overflow as infinity where it rounds to it.
 */
export function ulpError(actual: number, expected: number, dtype: DType, tail = 0): number {
  if (Object.is(actual, expected) || actual === expected) {
    return tail === 0 ? 0 : Math.abs(tail) / ulp(expected, dtype);
  }
  const rounded = dtype === "float32" ? Math.fround(expected) : expected;
  if (rounded === actual && !Number.isFinite(actual)) return 0;
  const error = Math.abs((actual - expected) - tail) / ulp(expected, dtype);
  return Number.isNaN(error) ? Infinity : error;
}

/** The float32 with these bits. */
export function float32FromBits(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}

/**
 * Float32 numbers in ascending order, from -inf to inf, one from each of `count` equal ranges of bit
 * patterns: every exponent is met, subnormals too. `offset` in [0, 1) chooses within the ranges.
 */
export function stratifiedFloat32(count: number, offset: number): Float32Array<ArrayBuffer> {
  const infinity = 0x7f800000;
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const at = Math.floor((i + offset) * (2 * infinity / count)) - infinity;
    bits[i] = at < 0 ? -at + 0x80000000 : at;
  }
  return new Float32Array(bits.buffer);
}

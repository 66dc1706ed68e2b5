// out := n uniform numbers in [0, 1), multiples of 2^-24 (2^-53), from the words of philox_bits: float32 number i is the upper 24
// bits of word i, float64 number i the upper 53 of words 2i (lower) and 2i + 1 (upper).
import { lanes } from "../inline/lanes";
import { index_of, philox } from "./philox";
import { store_first } from "./store_first";

/** The upper 53 bits of each 64-bit lane, times 2^-53. */
export function unit_pair(words: v128): v128 {
  const first = <f64> (v128.extract_lane<u64>(words, 0) >> 11);
  const second = <f64> (v128.extract_lane<u64>(words, 1) >> 11);
  return f64x2.mul(f64x2.replace_lane(f64x2.splat(first), 1, second), f64x2.splat(1.1102230246251565e-16));
}

// @ts-ignore: decorator
@inline
function unit_numbers<T>(words: v128): v128 {
  if (sizeof<T>() == 8) return unit_pair(words);
  return f32x4.mul(f32x4.convert_i32x4_u(v128.shr<u32>(words, 8)), f32x4.splat(5.960464477539063e-8));
}

// @ts-ignore: decorator
@kernel
export function uniform<T>(
  n: i32, seed_lo: u32, seed_hi: u32, stream: u32, index_lo: u32, index_hi: u32, out: usize,
): void {
  let index = index_of(index_lo, index_hi);
  for (; n > 0; n -= lanes<T>(), out += 16) {
    store_first<T>(out, unit_numbers<T>(philox(seed_lo, seed_hi, index++, stream, 0)), n);
  }
}

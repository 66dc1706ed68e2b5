// out := n random words; word i is word i % 4 of the counter with index + i / 4 and attempt 0.
import { index_of, philox } from "./philox";
import { store_first } from "./store_first";

// @ts-ignore: decorator
@kernel
export function philox_bits(
  n: i32, seed_lo: u32, seed_hi: u32, stream: u32, index_lo: u32, index_hi: u32, out: usize,
): void {
  let index = index_of(index_lo, index_hi);
  for (; n > 0; n -= 4, out += 16) store_first<f32>(out, philox(seed_lo, seed_hi, index++, stream, 0), n);
}

/** The four words of one full counter, to compare with published answers. */
// @ts-ignore: decorator
@kernel
export function philox_block(
  counter0: u32, counter1: u32, counter2: u32, counter3: u32, key0: u32, key1: u32, out: usize,
): void {
  v128.store(out, philox(key0, key1, index_of(counter0, counter1), counter2, counter3));
}

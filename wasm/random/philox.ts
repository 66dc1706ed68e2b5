// Philox4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four words
// that depend on counter and key alone. The key is the seed; the counter is (index low, index high, stream,
// attempt), so any index can be had without those before it, in any order.

/** Round multipliers and the key's Weyl increments (golden ratio, sqrt 3 - 1), from the paper. */
const M0: u64 = 0xD2511F53, M1: u64 = 0xCD9E8D57;
const W0: u32 = 0x9E3779B9, W1: u32 = 0xBB67AE85;
const ROUNDS: i32 = 10;

/** The four words of one counter, word 0 in lane 0. */
export function philox(seed_lo: u32, seed_hi: u32, index: u64, stream: u32, attempt: u32): v128 {
  let c0 = <u32> index, c1 = <u32> (index >> 32), c2 = stream, c3 = attempt;
  for (let round = 0; round < ROUNDS; round++) {
    const p0 = M0 * <u64> c0, p1 = M1 * <u64> c2;
    c0 = <u32> (p1 >> 32) ^ c1 ^ seed_lo;
    c2 = <u32> (p0 >> 32) ^ c3 ^ seed_hi;
    c1 = <u32> p1;
    c3 = <u32> p0;
    seed_lo += W0;
    seed_hi += W1;
  }
  const low = v128.splat<u64>(<u64> c0 | <u64> c1 << 32);
  return v128.replace_lane<u64>(low, 1, <u64> c2 | <u64> c3 << 32);
}

/** The 64-bit index that a host hands over in two words. */
// @ts-ignore: decorator
@inline
export function index_of(lo: u32, hi: u32): u64 {
  return <u64> lo | <u64> hi << 32;
}

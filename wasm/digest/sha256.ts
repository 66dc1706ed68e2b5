// SHA-256 (FIPS 180-4, section 6.2): the state after n more blocks.  state (8) words, data (16 n) words, big-endian in
// memory; pointers in bytes, aligned or not. The message schedule goes to the module's own scratch, four words at a time:
// the first two of four need the two before them, the last two need the first two.

/** Fractional parts of the cube roots of the first 64 primes. */
// @ts-ignore: decorator
@inline
function constants(): usize {
  return memory.data<u32>([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ], 16);
}

const SCHEDULE_BYTES: usize = 256, STATE_BYTES: usize = 32, CHUNK_BYTES: usize = 4096;

/** The schedule, then a state, then a chunk of data of 4096 bytes, for hosts to use between two calls. */
// @ts-ignore: decorator
@lazy
const SCRATCH: usize = memory.data(4384, 64);

/** Where a host may keep a state of 32 bytes and, after it, 4096 bytes of data. */
// @ts-ignore: decorator
@kernel
export function sha256_scratch(): usize {
  return SCRATCH + SCHEDULE_BYTES;
}

// @ts-ignore: decorator
@inline
function rotated(v: v128, bits: i32): v128 {
  return v128.or(i32x4.shr_u(v, bits), i32x4.shl(v, 32 - bits));
}

// @ts-ignore: decorator
@inline
function small_sigma0(v: v128): v128 {
  return v128.xor(v128.xor(rotated(v, 7), rotated(v, 18)), i32x4.shr_u(v, 3));
}

// @ts-ignore: decorator
@inline
function small_sigma1(v: v128): v128 {
  return v128.xor(v128.xor(rotated(v, 17), rotated(v, 19)), i32x4.shr_u(v, 10));
}

// @ts-ignore: decorator
@inline
function big_endian(v: v128): v128 {
  return i8x16.shuffle(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** The four words of the schedule after these sixteen. */
// @ts-ignore: decorator
@inline
function next_words(w0: v128, w4: v128, w8: v128, w12: v128): v128 {
  const w1 = v128.shuffle<i32>(w0, w4, 1, 2, 3, 4), w9 = v128.shuffle<i32>(w8, w12, 1, 2, 3, 4);
  const known = i32x4.add(i32x4.add(w0, small_sigma0(w1)), w9);
  const zero = i32x4.splat(0);
  const first = i32x4.add(known, small_sigma1(v128.shuffle<i64>(w12, zero, 1, 2)));
  return i32x4.add(first, small_sigma1(v128.shuffle<i64>(zero, first, 0, 2)));
}

// @ts-ignore: decorator
@inline
function mix_efg(e: u32, f: u32, g: u32): u32 {
  return (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) + (g ^ (e & (f ^ g)));
}

// @ts-ignore: decorator
@inline
function mix_abc(a: u32, b: u32, c: u32): u32 {
  return (rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22)) + ((a & b) | (c & (a | b)));
}

// @ts-ignore: decorator
@inline
function store_sum(w: v128, t: usize): void {
  v128.store(SCRATCH + t, i32x4.add(w, v128.load(constants() + t)));
}

/** Fills the schedule of one block, the round constants added. */
// @ts-ignore: decorator
@inline
function expand(data: usize): void {
  let w0 = big_endian(v128.load(data)), w4 = big_endian(v128.load(data, 16));
  let w8 = big_endian(v128.load(data, 32)), w12 = big_endian(v128.load(data, 48));
  for (let t: usize = 0;; t += 64) {
    store_sum(w0, t), store_sum(w4, t + 16), store_sum(w8, t + 32), store_sum(w12, t + 48);
    if (t == SCHEDULE_BYTES - 64) break;
    w0 = next_words(w0, w4, w8, w12);
    w4 = next_words(w4, w8, w12, w0);
    w8 = next_words(w8, w12, w0, w4);
    w12 = next_words(w12, w0, w4, w8);
  }
}

// @ts-ignore: decorator
@kernel
export function sha256_blocks(n: i32, state: usize, data: usize): void {
  for (; n > 0; n--, data += 64) {
    expand(data);
    let a = load<u32>(state), b = load<u32>(state, 4), c = load<u32>(state, 8), d = load<u32>(state, 12);
    let e = load<u32>(state, 16), f = load<u32>(state, 20), g = load<u32>(state, 24), h = load<u32>(state, 28);
    for (let w = SCRATCH, end = SCRATCH + SCHEDULE_BYTES; w < end; w += 32) {
      h += mix_efg(e, f, g) + load<u32>(w), d += h, h += mix_abc(a, b, c);
      g += mix_efg(d, e, f) + load<u32>(w, 4), c += g, g += mix_abc(h, a, b);
      f += mix_efg(c, d, e) + load<u32>(w, 8), b += f, f += mix_abc(g, h, a);
      e += mix_efg(b, c, d) + load<u32>(w, 12), a += e, e += mix_abc(f, g, h);
      d += mix_efg(a, b, c) + load<u32>(w, 16), h += d, d += mix_abc(e, f, g);
      c += mix_efg(h, a, b) + load<u32>(w, 20), g += c, c += mix_abc(d, e, f);
      b += mix_efg(g, h, a) + load<u32>(w, 24), f += b, b += mix_abc(c, d, e);
      a += mix_efg(f, g, h) + load<u32>(w, 28), e += a, a += mix_abc(b, c, d);
    }
    store<u32>(state, load<u32>(state) + a);
    store<u32>(state, load<u32>(state, 4) + b, 4);
    store<u32>(state, load<u32>(state, 8) + c, 8);
    store<u32>(state, load<u32>(state, 12) + d, 12);
    store<u32>(state, load<u32>(state, 16) + e, 16);
    store<u32>(state, load<u32>(state, 20) + f, 20);
    store<u32>(state, load<u32>(state, 24) + g, 24);
    store<u32>(state, load<u32>(state, 28) + h, 28);
  }
}

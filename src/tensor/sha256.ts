// SHA-256 by our own kernel: hosts have one of theirs in secure contexts only, so not in a page over http.
import { instance } from "../runtime/instance.ts";

const BLOCK_BYTES = 64;
const STATE_BYTES = 32;
const CHUNK_BYTES = 4096;
const LENGTH_BYTES = 8;
/** Fractional parts of the square roots of the first eight primes. */
const INITIAL_STATE: readonly number[] = [
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
];

/** SHA-256 of bytes, which pass through kernel memory in chunks; lower-case hexadecimal. */
export function sha256OfBytes(bytes: Uint8Array): string {
  const { state, chunk, digestBlocks } = begin();
  const whole = wholeBlocks(bytes.length);
  for (let start = 0; start < whole; start += CHUNK_BYTES) {
    const part = bytes.subarray(start, Math.min(start + CHUNK_BYTES, whole));
    chunk.set(part);
    digestBlocks(part.length / BLOCK_BYTES, chunk.byteOffset);
  }
  return conclude({ state, chunk, digestBlocks }, bytes.subarray(whole), bytes.length);
}

/** SHA-256 of `length` bytes of kernel memory, which are read where they are. */
export function sha256OfMemory(pointer: number, length: number): string {
  const hash = begin();
  const whole = wholeBlocks(length);
  hash.digestBlocks(whole / BLOCK_BYTES, pointer);
  const rest = new Uint8Array(hash.chunk.buffer, pointer + whole, length - whole);
  return conclude(hash, rest, length);
}

/** A hash in the kernels' scratch; there is one at a time, for none outlives a call. */
interface Hash {
  readonly state: DataView;
  readonly chunk: Uint8Array;
  /** Takes blocks of kernel memory. */
  digestBlocks(count: number, pointer: number): void;
}

function begin(): Hash {
  const { memory, exports } = instance();
  const pointer = exports.sha256_scratch() >>> 0;
  const state = new DataView(memory.buffer, pointer, STATE_BYTES);
  for (const [i, word] of INITIAL_STATE.entries()) state.setUint32(4 * i, word, true);
  return {
    state,
    chunk: new Uint8Array(memory.buffer, pointer + STATE_BYTES, CHUNK_BYTES),
    digestBlocks: (count, data) => exports.sha256_blocks(count, pointer, data),
  };
}

/** Takes the rest, a one, zeros and the number of bits, and writes the state out. */
function conclude({ state, chunk, digestBlocks }: Hash, rest: Uint8Array, length: number): string {
  const padded = wholeBlocks(rest.length + LENGTH_BYTES) + BLOCK_BYTES;
  chunk.set(rest);
  chunk.fill(0, rest.length, padded);
  chunk[rest.length] = 0x80;
  new DataView(chunk.buffer, chunk.byteOffset, padded)
    .setBigUint64(padded - LENGTH_BYTES, 8n * BigInt(length));
  digestBlocks(padded / BLOCK_BYTES, chunk.byteOffset);
  return INITIAL_STATE.map((_, i) => state.getUint32(4 * i, true).toString(16).padStart(8, "0"))
    .join("");
}

/** The bytes of the whole blocks in `length` bytes. */
function wholeBlocks(length: number): number {
  return length - length % BLOCK_BYTES;
}

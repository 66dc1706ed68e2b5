import { Arena, blockBytes, type GrowableMemory } from "../../src/runtime/arena.ts";
import { OutOfMemoryError } from "../../src/runtime/errors.ts";
import { equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { TestRandom } from "../_support/random.ts";

const PAGE_BYTES = 65536;

/** A memory of numbers only: it counts pages and refuses beyond a limit. */
function countedMemory(limitPages: number): GrowableMemory & { grown: number[] } {
  const memory = {
    buffer: { byteLength: PAGE_BYTES },
    grown: [] as number[],
    grow(pages: number): number {
      const held = memory.buffer.byteLength / PAGE_BYTES;
      if (held + pages > limitPages) throw new RangeError("refused");
      memory.grown.push(pages);
      memory.buffer = { byteLength: (held + pages) * PAGE_BYTES };
      return held;
    },
  };
  return memory;
}

test("blockBytes() is the least multiple of 64 that serves a request", () => {
  for (let bytes = 1; bytes < 100000; bytes += 37) {
    const block = blockBytes(bytes);
    equal(block % 64, 0);
    ok(block >= bytes && block < bytes + 64, `${bytes} -> ${block}`);
  }
});

test("Arena hands out disjoint aligned blocks and reuses released ones", () => {
  const arena = new Arena(countedMemory(100), 10);
  const [a, b] = [arena.allocate(1000), arena.allocate(1000)];
  equal(a % 64, 0);
  ok(b >= a + 1000, "blocks overlap");
  arena.release(a, 1000);
  equal(arena.allocate(1000), a);
});

test("Arena counts live bytes, blocks and the peak", () => {
  const arena = new Arena(countedMemory(100), 0);
  const a = arena.allocate(128);
  const b = arena.allocate(64);
  arena.release(a, 128);
  arena.release(b, 64);
  const { liveBytes, liveBlocks, peakBytes } = arena.usage();
  equal([liveBytes, liveBlocks, peakBytes], [0, 0, 192]);
});

test("Arena asks for just what is needed when the host refuses more", () => {
  const memory = countedMemory(8);
  const arena = new Arena(memory, 0);
  arena.allocate(7 * PAGE_BYTES);
  arena.allocate(PAGE_BYTES);
  equal(memory.grown, [6, 1]);
});

test("Arena throws OutOfMemoryError with both byte counts and stays usable", () => {
  const arena = new Arena(countedMemory(4), 0);
  arena.allocate(64);
  throws(() => arena.allocate(10 * PAGE_BYTES), OutOfMemoryError, /refuses to grow/);
  try {
    arena.allocate(10 * PAGE_BYTES);
  } catch (error) {
    equal((error as OutOfMemoryError).requestedBytes, 10 * PAGE_BYTES);
    equal((error as OutOfMemoryError).liveBytes, 64);
  }
  equal(arena.usage().liveBlocks, 1);
  ok(arena.allocate(64) > 0, "a small block still fits");
});

test("Arena serves any size from what blocks of other sizes gave back", () => {
  const pages = [64, 80, 96, 112, 128];
  const arena = new Arena(countedMemory(129), 0);
  for (const size of pages) arena.release(arena.allocate(size * PAGE_BYTES), size * PAGE_BYTES);
  const whole = arena.allocate(128 * PAGE_BYTES);
  arena.release(whole, 128 * PAGE_BYTES);
  const halves = [arena.allocate(64 * PAGE_BYTES), arena.allocate(64 * PAGE_BYTES)];
  for (const half of halves) arena.release(half, 64 * PAGE_BYTES);
  const small = Array.from({ length: 2048 }, () => arena.allocate(4096));
  for (let i = 0; i < small.length; i += 2) arena.release(small[i], 4096);
  for (let i = 1; i < small.length; i += 2) arena.release(small[i], 4096);
  ok(arena.allocate(128 * PAGE_BYTES) >= 0, "small blocks did not merge");
});

test("Arena grows by what is missing beyond the free end of memory", () => {
  const memory = countedMemory(12);
  const arena = new Arena(memory, 0);
  arena.release(arena.allocate(8 * PAGE_BYTES), 8 * PAGE_BYTES);
  arena.allocate(12 * PAGE_BYTES);
  equal(memory.buffer.byteLength, 12 * PAGE_BYTES);
});

test("Arena takes no block back that is not in use", () => {
  const arena = new Arena(countedMemory(100), 0);
  const a = arena.allocate(128);
  throws(() => arena.release(a, 64), RangeError, /no such block/);
  throws(() => arena.release(a + 64, 64), RangeError, /no such block/);
  arena.release(a, 128);
  throws(() => arena.release(a, 128), RangeError, /no such block/);
  equal(arena.usage().liveBytes, 0);
});

test("Arena finds the one free block that suffices, however many of its bin do not", () => {
  const memory = countedMemory(100);
  const arena = new Arena(memory, 0);
  const bytes = (i: number): number => 64 * (i === 0 ? 1087 : 1024);
  const blocks = Array.from(
    { length: 80 },
    (_, i) => [arena.allocate(bytes(i)), arena.allocate(64)],
  );
  const { buffer: { byteLength } } = memory;
  arena.allocate(byteLength - arena.usage().liveBytes); // nothing larger is left
  for (const [i, [block]] of blocks.entries()) arena.release(block, bytes(i));
  equal(arena.allocate(64 * 1080), blocks[0][0]);
  equal(memory.buffer.byteLength, byteLength);
});

/** A size that a random request has: mostly small, some large. */
function randomBytes(random: TestRandom): number {
  return random.below(2 ** (2 + random.below(19)));
}

test("Arena agrees with a model of it over random requests, and ends as one free block", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new TestRandom(seed);
    const base = random.below(5000);
    const memory = countedMemory(1000);
    const arena = new Arena(memory, base);
    let held: { pointer: number; bytes: number }[] = [];
    let [live, peak] = [0, 0];
    for (let step = 0; step < 1500; step++) {
      if (held.length === 0 || random.below(step < 800 ? 5 : 9) < 3) {
        const bytes = randomBytes(random);
        const pointer = arena.allocate(bytes);
        ok(pointer % 64 === 0 && pointer >= base, `seed ${seed}: ${pointer}`);
        held.push({ pointer, bytes });
        live += blockBytes(bytes);
      } else {
        const [gone] = held.splice(random.below(held.length), 1);
        arena.release(gone.pointer, gone.bytes);
        live -= blockBytes(gone.bytes);
      }
      peak = Math.max(peak, live);
      const { liveBytes, liveBlocks, peakBytes } = arena.usage();
      equal([liveBytes, liveBlocks, peakBytes], [live, held.length, peak], `seed ${seed}`);
      if (step % 50 > 0) continue;
      const ordered = held.toSorted((a, b) => a.pointer - b.pointer);
      for (const [i, { pointer, bytes }] of ordered.entries()) {
        const end = ordered[i + 1]?.pointer ?? memory.buffer.byteLength;
        ok(pointer + blockBytes(bytes) <= end, `seed ${seed}: blocks overlap`);
      }
    }
    for (const { pointer, bytes } of held) arena.release(pointer, bytes);
    held = [];
    const { byteLength } = memory.buffer, first = 64 * Math.ceil(base / 64);
    equal(arena.allocate(byteLength - first), first, `seed ${seed}: not one block`);
    equal(memory.buffer.byteLength, byteLength, `seed ${seed}: memory grew`);
  }
});

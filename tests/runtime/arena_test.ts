import { Arena, blockBytes, type GrowableMemory } from "../../src/runtime/arena.ts";
import { OutOfMemoryError } from "../../src/runtime/errors.ts";
import { equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

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

test("blockBytes() wastes at most a quarter and keeps blocks aligned to 64 bytes", () => {
  for (let bytes = 1; bytes < 100000; bytes += 37) {
    const block = blockBytes(bytes);
    equal(block % 64, 0);
    ok(block >= bytes && block <= Math.max(64, bytes * 1.25 + 64), `${bytes} -> ${block}`);
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

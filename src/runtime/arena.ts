// An allocator over one growable memory.
//
//   [ module data | block | block | free | block | ........ free until the end of memory ]
//
// A request takes the front of a free block; what is released merges with its free neighbours, so that the memory of
// many small blocks serves a large request and the reverse. Blocks never move: buffers are planned once. What is known
// of blocks is kept outside of the memory, where no kernel can write over it.
import { OutOfMemoryError } from "./errors.ts";
import { type Block, FreeBlocks, UNITS_LIMIT } from "./free_blocks.ts";

const ALIGNMENT = 64;
const PAGE_BYTES = 65536;
const ADDRESS_LIMIT = 65536 * PAGE_BYTES;
const GROWTH_LIMIT_PAGES = 1024;

/** What an arena needs from a WebAssembly memory. */
export interface GrowableMemory {
  /** Bytes; a new, larger buffer after growth. */
  readonly buffer: { readonly byteLength: number };
  /** Adds pages of 64 KiB or throws. */
  grow(pages: number): number;
}

/** Counters of kernel memory. */
export interface MemoryUsage {
  /** Bytes in blocks that are handed out. */
  readonly liveBytes: number;
  /** Blocks that are handed out. */
  readonly liveBlocks: number;
  /** The most bytes that were ever handed out at once. */
  readonly peakBytes: number;
  /** Bytes of the whole memory. */
  readonly reservedBytes: number;
  /** Tensors that nothing could reach any more though they were not disposed of; their memory was taken back. */
  readonly collectedTensors: number;
}

/** Those that an arena keeps. */
export type ArenaUsage = Omit<MemoryUsage, "collectedTensors">;

/** The bytes of the block that serves a request of `bytes`: whole units of 64. */
export function blockBytes(bytes: number): number {
  return unitsOf(bytes) * ALIGNMENT;
}

function unitsOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / ALIGNMENT));
}

/** Hands out aligned blocks of one memory and takes them back. */
export class Arena {
  readonly #memory: GrowableMemory;
  readonly #free = new FreeBlocks();
  readonly #live: Map<number, Block> = new Map();
  readonly #base: number;
  #last: Block | undefined;
  #liveUnits = 0;
  #peakUnits = 0;

  /** Manages all of `memory` from byte `base` on. */
  constructor(memory: GrowableMemory, base: number) {
    this.#memory = memory;
    this.#base = Math.ceil(base / ALIGNMENT);
  }

  /** A block of at least `bytes` bytes; its content is whatever was there. */
  allocate(bytes: number): number {
    const units = unitsOf(bytes);
    if (units >= UNITS_LIMIT) throw this.#refusal(units);
    const found = this.#free.find(units) ?? this.#extend(units);
    const block = this.#takeFront(found, units);
    this.#live.set(block.start, block);
    this.#liveUnits += units;
    if (this.#liveUnits > this.#peakUnits) this.#peakUnits = this.#liveUnits;
    return block.start * ALIGNMENT;
  }

  /** Takes back the block that `allocate(bytes)` gave; a second time it is refused. */
  release(pointer: number, bytes: number): void {
    const block = this.#live.get(pointer / ALIGNMENT);
    if (block?.units !== unitsOf(bytes)) {
      throw new RangeError(`Cannot release ${bytes} bytes at ${pointer}: no such block is in use`);
    }
    this.#live.delete(block.start);
    this.#liveUnits -= block.units;
    this.#merge(block);
  }

  /** The counters now. */
  usage(): ArenaUsage {
    return {
      liveBytes: this.#liveUnits * ALIGNMENT,
      liveBlocks: this.#live.size,
      peakBytes: this.#peakUnits * ALIGNMENT,
      reservedBytes: this.#memory.buffer.byteLength,
    };
  }

  /** The first units of a free block as a block of their own; the rest stays free. */
  #takeFront(found: Block, units: number): Block {
    if (found.units === units) {
      this.#free.remove(found);
      return found;
    }
    const { start, before } = found;
    const taken = newBlock(start, units, before, found);
    if (before) before.after = taken;
    found.before = taken;
    found.start = start + units;
    this.#free.resize(found, found.units - units);
    return taken;
  }

  /** Frees a block, as a part of its neighbours where these are free. */
  #merge(block: Block): void {
    const { before, after } = block;
    if (before?.isFree) {
      this.#unlink(block);
      const joins = after?.isFree ? after : undefined;
      if (joins) {
        this.#free.remove(joins);
        this.#unlink(joins);
      }
      this.#free.resize(before, before.units + block.units + (joins?.units ?? 0));
    } else if (after?.isFree) {
      this.#unlink(block);
      after.start = block.start;
      this.#free.resize(after, after.units + block.units);
    } else this.#free.add(block);
  }

  /** Takes a block out of the order in memory. */
  #unlink({ before, after }: Block): void {
    if (before) before.after = after;
    if (after) after.before = before;
    else this.#last = before;
  }

  /** The free block at the end of memory, grown to hold at least so many units. */
  #extend(units: number): Block {
    const last = this.#last?.isFree ? this.#last : undefined;
    const end = this.#last ? this.#last.start + this.#last.units : this.#base;
    const start = last?.start ?? end;
    const missing = (start + units) * ALIGNMENT - this.#memory.buffer.byteLength;
    if (missing > 0) this.#grow(Math.ceil(missing / PAGE_BYTES), units);
    const gained = Math.floor(this.#memory.buffer.byteLength / ALIGNMENT) - end;
    if (last) {
      this.#free.resize(last, last.units + gained);
      return last;
    }
    const block = newBlock(end, gained, this.#last, undefined);
    if (this.#last) this.#last.after = block;
    this.#last = block;
    this.#free.add(block);
    return block;
  }

  /** Grows by a quarter to amortize, or by just what is needed where the host refuses more. */
  #grow(needed: number, units: number): void {
    const held = this.#memory.buffer.byteLength / PAGE_BYTES;
    const generous = Math.min(Math.ceil(held / 4), GROWTH_LIMIT_PAGES);
    for (const pages of [Math.max(needed, generous), needed]) {
      if ((held + pages) * PAGE_BYTES > ADDRESS_LIMIT) continue;
      try {
        this.#memory.grow(pages);
        return;
      } catch {
        // the smaller request, or the error below, follows
      }
    }
    throw this.#refusal(units);
  }

  #refusal(units: number): OutOfMemoryError {
    return new OutOfMemoryError(units * ALIGNMENT, this.#liveUnits * ALIGNMENT);
  }
}

function newBlock(
  start: number,
  units: number,
  before: Block | undefined,
  after: Block | undefined,
): Block {
  return { start, units, isFree: false, before, after, previous: undefined, next: undefined };
}

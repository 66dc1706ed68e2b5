// A size-class allocator over one growable memory.
//
//   [ module data | blocks, 64-byte aligned ............ | top -> free until the end of memory ]
//
// A request is rounded up to a class (powers of two with three steps between, so at most a fifth is
// unused); a released block waits in the list of its class. Blocks never move and never merge: training
// asks for the same sizes again and again, and buffers are planned once.
import { OutOfMemoryError } from "./errors.ts";

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

/** Counters of an arena. */
export interface MemoryUsage {
  /** Bytes in blocks that are handed out. */
  readonly liveBytes: number;
  /** Blocks that are handed out. */
  readonly liveBlocks: number;
  /** The most bytes that were ever handed out at once. */
  readonly peakBytes: number;
  /** Bytes of the whole memory. */
  readonly reservedBytes: number;
}

/** The bytes of the block that serves a request of `bytes`. */
export function blockBytes(bytes: number): number {
  const units = Math.max(1, Math.ceil(bytes / ALIGNMENT));
  if (units <= 4) return units * ALIGNMENT;
  let step = 1;
  while (step * 8 < units) step *= 2;
  return Math.ceil(units / step) * step * ALIGNMENT;
}

/** Hands out aligned blocks of one memory and takes them back. */
export class Arena {
  readonly #memory: GrowableMemory;
  readonly #free: Map<number, number[]> = new Map();
  #top: number;
  #liveBytes = 0;
  #liveBlocks = 0;
  #peakBytes = 0;

  /** Manages all of `memory` from byte `base` on. */
  constructor(memory: GrowableMemory, base: number) {
    this.#memory = memory;
    this.#top = Math.ceil(base / ALIGNMENT) * ALIGNMENT;
  }

  /** A block of at least `bytes` bytes; its content is whatever was there. */
  allocate(bytes: number): number {
    const size = blockBytes(bytes);
    const pointer = this.#free.get(size)?.pop() ?? this.#extend(size);
    this.#liveBytes += size;
    this.#liveBlocks++;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return pointer;
  }

  /** Takes back the block that `allocate(bytes)` gave. */
  release(pointer: number, bytes: number): void {
    const size = blockBytes(bytes);
    const list = this.#free.get(size);
    if (list) list.push(pointer);
    else this.#free.set(size, [pointer]);
    this.#liveBytes -= size;
    this.#liveBlocks--;
  }

  /** The counters now. */
  usage(): MemoryUsage {
    return {
      liveBytes: this.#liveBytes,
      liveBlocks: this.#liveBlocks,
      peakBytes: this.#peakBytes,
      reservedBytes: this.#memory.buffer.byteLength,
    };
  }

  #extend(size: number): number {
    const pointer = this.#top;
    const missing = pointer + size - this.#memory.buffer.byteLength;
    if (missing > 0) this.#grow(Math.ceil(missing / PAGE_BYTES), size);
    this.#top = pointer + size;
    return pointer;
  }

  /** Grows by a quarter to amortize, or by just what is needed where the host refuses more. */
  #grow(needed: number, size: number): void {
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
    throw new OutOfMemoryError(size, this.#liveBytes);
  }
}

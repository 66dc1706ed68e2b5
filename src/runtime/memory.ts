// The arena of the kernel instance's memory, typed views into it and the kernels' shared workspace.
import { Arena, type ArenaUsage, type MemoryUsage } from "./arena.ts";
import { Collector } from "./collector.ts";
import { bytesPerElement, type DType, type FloatArray } from "./dtype.ts";
import { OutOfMemoryError } from "./errors.ts";
import { instance } from "./instance.ts";
import { reclaim } from "./reclaim.ts";

/** Where blocks come from. */
export interface Blocks {
  /** A block of at least `bytes` bytes. */
  allocate(bytes: number): number;
  /** Takes back the block that `allocate(bytes)` gave. */
  release(pointer: number, bytes: number): void;
  /** The counters now. */
  usage(): ArenaUsage;
  /** What is seen of a block that is not in kernel memory. */
  floats?(dtype: DType, length: number): FloatArray;
  /** The same of whole numbers. */
  words?(length: number): Int32Array<ArrayBuffer>;
}

let arena: Blocks | undefined;
/** True while the blocks are others than those of kernel memory. */
let isExchanged = false;

function theArena(): Blocks {
  if (arena) return arena;
  const { memory, exports } = instance();
  return arena = new Arena(memory, exports.heap_base() >>> 0);
}

/** Takes blocks from elsewhere, the kernels' scratch block too, until what it returns is called. */
export function exchangeBlocks(other: Blocks): () => void {
  const before = { arena, isExchanged, workspacePointer, workspaceBytes, allocationFault };
  [arena, isExchanged, allocationFault] = [other, true, undefined];
  workspacePointer = workspaceBytes = 0;
  return () => {
    ({ arena, isExchanged, workspacePointer, workspaceBytes, allocationFault } = before);
  };
}

/** Decides whether a request of `bytes` fails as if memory refused to grow. */
export type AllocationFault = (bytes: number) => boolean;

let allocationFault: AllocationFault | undefined;

/** Makes requests fail on purpose, for tests of what that leaves behind; undefined ends it. */
export function setAllocationFault(fault: AllocationFault | undefined): void {
  allocationFault = fault;
}

/**
 * A 64-byte aligned block of at least `bytes` bytes. Reserves are given back before a request fails. Throws
 * OutOfMemoryError.
 */
export function allocate(bytes: number): number {
  for (;;) {
    try {
      return request(bytes);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError) || !reclaim()) throw error;
    }
  }
}

function request(bytes: number): number {
  if (allocationFault?.(bytes)) throw new OutOfMemoryError(bytes, theArena().usage().liveBytes);
  return theArena().allocate(bytes);
}

/** Takes back a block that `allocate(bytes)` gave. */
export function release(pointer: number, bytes: number): void {
  theArena().release(pointer, bytes);
}

const collector = new Collector(release);

/** A block that is taken back at the latest when nothing reaches its owner any more, where the host can tell. */
export function allocateFor(owner: object, bytes: number): number {
  const pointer = allocate(bytes);
  if (!isExchanged) collector.watch(owner, pointer, bytes);
  return pointer;
}

/** Takes back the block that `allocateFor(owner, bytes)` gave. */
export function releaseFrom(owner: object, pointer: number, bytes: number): void {
  collector.forget(owner);
  release(pointer, bytes);
}

/**
 * Tells how much kernel memory is in use.
 *
 * @example
 * ```ts
 * import { memoryUsage, zeros } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * const before = memoryUsage().liveBytes;
 * const t = zeros([16, 16]);
 * assertEquals(memoryUsage().liveBytes - before, 1024);
 * t.dispose();
 * assertEquals(memoryUsage().liveBytes, before);
 * ```
 */
export function memoryUsage(): MemoryUsage {
  return { ...theArena().usage(), collectedTensors: collector.count };
}

/** Bytes that the host's collector gave back so far; with the live ones they tell what was not disposed of. */
export function collectedBytes(): number {
  return collector.bytes;
}

/** The buffer of kernel memory; another object after every growth. */
export function memoryBuffer(): ArrayBuffer {
  // Not shared, whatever the host's types say of memories at large.
  return instance().memory.buffer as ArrayBuffer;
}

/** A view of `length` elements at `pointer`, valid until memory grows. */
export function floatView(dtype: DType, pointer: number, length: number): FloatArray {
  const imagined = theArena().floats?.(dtype, length);
  if (imagined) return imagined;
  return dtype === "float32"
    ? new Float32Array(memoryBuffer(), pointer, length)
    : new Float64Array(memoryBuffer(), pointer, length);
}

/** The same of whole numbers. */
export function wordView(pointer: number, length: number): Int32Array<ArrayBuffer> {
  return theArena().words?.(length) ?? new Int32Array(memoryBuffer(), pointer, length);
}

let workspacePointer = 0;
let workspaceBytes = 0;

/**
 * The kernels' scratch block, at least `bytes` long. One serves all: kernel calls do not nest, and
 * nothing in it outlives a call.
 */
export function workspace(bytes: number): number {
  if (bytes <= workspaceBytes) return workspacePointer;
  const pointer = allocate(bytes);
  if (workspaceBytes > 0) release(workspacePointer, workspaceBytes);
  workspacePointer = pointer;
  workspaceBytes = bytes;
  return pointer;
}

/** Gives the scratch block back, so that only tensors are live; the next kernel that needs it asks anew. */
export function releaseWorkspace(): void {
  if (workspaceBytes > 0) release(workspacePointer, workspaceBytes);
  workspacePointer = workspaceBytes = 0;
}

/** Bytes of `count` elements. */
export function elementBytes(dtype: DType, count: number): number {
  return count * bytesPerElement(dtype);
}

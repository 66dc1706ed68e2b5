// The arena of the kernel instance's memory, typed views into it and the kernels' shared workspace.
import { Arena, type MemoryUsage } from "./arena.ts";
import { bytesPerElement, type DType, type FloatArray } from "./dtype.ts";
import { OutOfMemoryError } from "./errors.ts";
import { instance } from "./instance.ts";

let arena: Arena | undefined;

function theArena(): Arena {
  if (arena) return arena;
  const { memory, exports } = instance();
  return arena = new Arena(memory, exports.heap_base() >>> 0);
}

/** Decides whether a request of `bytes` fails as if memory refused to grow. */
export type AllocationFault = (bytes: number) => boolean;

let allocationFault: AllocationFault | undefined;

/** Makes requests fail on purpose, for tests of what that leaves behind; undefined ends it. */
export function setAllocationFault(fault: AllocationFault | undefined): void {
  allocationFault = fault;
}

/** A 64-byte aligned block of at least `bytes` bytes. Throws OutOfMemoryError. */
export function allocate(bytes: number): number {
  if (allocationFault?.(bytes)) throw new OutOfMemoryError(bytes, theArena().usage().liveBytes);
  return theArena().allocate(bytes);
}

/** Takes back a block that `allocate(bytes)` gave. */
export function release(pointer: number, bytes: number): void {
  theArena().release(pointer, bytes);
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
  return theArena().usage();
}

/** The buffer of kernel memory; another object after every growth. */
export function memoryBuffer(): ArrayBuffer {
  // Not shared, whatever the host's types say of memories at large.
  return instance().memory.buffer as ArrayBuffer;
}

/** A view of `length` elements at `pointer`, valid until memory grows. */
export function floatView(dtype: DType, pointer: number, length: number): FloatArray {
  return dtype === "float32"
    ? new Float32Array(memoryBuffer(), pointer, length)
    : new Float64Array(memoryBuffer(), pointer, length);
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

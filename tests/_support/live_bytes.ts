// What was not disposed of, whenever the host's collector comes by: tests of leaks that let the event loop run would
// otherwise see the memory that tests before them forgot come back.
import { memoryUsage } from "../../mod.ts";
import { collectedBytes } from "../../src/runtime/memory.ts";

/** Bytes of tensors that nobody has disposed of. */
export function liveBytes(): number {
  return memoryUsage().liveBytes + collectedBytes();
}

// The memory of the kernels as it begins. How far it may grow is the host's to say: some set aside all of the
// maximum at once and refuse 4 GiB (iOS), some have limits on address space.
import { OutOfMemoryError } from "./errors.ts";

const INITIAL_PAGES = 32;
const MAXIMUM_PAGES = 65536;
const PAGE_BYTES = 65536;

/** Memory of 2 MiB with the largest maximum that the host grants. Throws OutOfMemoryError. */
export function firstMemory(): WebAssembly.Memory {
  let refusal: unknown;
  for (let maximum = MAXIMUM_PAGES; maximum >= INITIAL_PAGES; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum });
    } catch (error) {
      refusal = error;
    }
  }
  const why = `this host refuses the kernels their first memory (${refusal}); raise its limit on ` +
    "address space (ulimit -v), or start Node with --disable-wasm-trap-handler";
  throw new OutOfMemoryError(INITIAL_PAGES * PAGE_BYTES, 0, why);
}

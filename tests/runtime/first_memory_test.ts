// Hosts that refuse the kernels their first memory, or that much of it.
import { OutOfMemoryError } from "../../mod.ts";
import { firstMemory } from "../../src/runtime/first_memory.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const PAGE_BYTES = 65536;

/** Runs the body on a host that grants memory of at most so many pages. */
function withLimit(pages: number, body: () => void): void {
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      if ((descriptor.maximum ?? Infinity) > pages) throw new RangeError("Out of memory");
      super(descriptor);
    }
  };
  try {
    body();
  } finally {
    WebAssembly.Memory = Memory;
  }
}

for (const granted of [65536, 65535, 32768, 10_000, 100, 32]) {
  test(`a host that grants ${granted} pages gives the kernels most of them`, () => {
    withLimit(granted, () => {
      const memory = firstMemory();
      equal(memory.buffer.byteLength, 32 * PAGE_BYTES);
      if (granted > 100) return; // what a test had better not fill
      const most = 32 * 2 ** Math.floor(Math.log2(granted / 32));
      memory.grow(most - 32);
      equal(memory.buffer.byteLength, most * PAGE_BYTES);
      let isRefused = false;
      try {
        memory.grow(1);
      } catch {
        isRefused = true;
      }
      ok(isRefused, "it grows beyond what the host grants");
    });
  });
}

test("a host that grants no memory is a typed error that says what helps", () => {
  withLimit(31, () => {
    let error: unknown;
    try {
      firstMemory();
    } catch (thrown) {
      error = thrown;
    }
    ok(error instanceof OutOfMemoryError, `no typed error: ${error}`);
    equal([error.requestedBytes, error.liveBytes], [32 * PAGE_BYTES, 0]);
    ok(/Out of memory.*ulimit -v.*--disable-wasm-trap-handler/.test(error.message), error.message);
  });
});

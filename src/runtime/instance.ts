// The one kernel instance and its one memory.
import type { DType } from "./dtype.ts";
import { firstMemory } from "./first_memory.ts";
import type { KernelFamily, SharedKernels } from "./kernels_wasm.ts";
import { compiledModule } from "./module.ts";

/** Kernels and their memory. */
export interface Instance {
  memory: WebAssembly.Memory;
  exports: SharedKernels;
  float32: KernelFamily;
  float64: KernelFamily;
}

function family(exports: WebAssembly.Exports, prefix: string): KernelFamily {
  const found: Record<string, unknown> = {};
  for (const [name, kernel] of Object.entries(exports)) {
    if (name.startsWith(prefix)) found[name.slice(prefix.length)] = kernel;
  }
  return Object.freeze(found) as unknown as KernelFamily;
}

function instantiate(): Instance {
  const module = compiledModule();
  const memory = firstMemory();
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return {
    memory,
    exports: exports as unknown as SharedKernels,
    float32: family(exports, "f32_"),
    float64: family(exports, "f64_"),
  };
}

let current: Instance | undefined;

/** The running instance, made at first use so that `init()` can come before it. */
export function instance(): Instance {
  return current ??= instantiate();
}

/** Puts another instance in the place of the running one; returns what puts that back. */
export function exchangeInstance(other: Instance): () => void {
  const before = current;
  current = other;
  return () => void (current = before);
}

/** The kernels of one dtype. */
export function kernels(dtype: DType): KernelFamily {
  return instance()[dtype];
}

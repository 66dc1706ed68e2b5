// The one kernel instance and its one memory.
import type { DType } from "./dtype.ts";
import type { KernelExports } from "./kernels_wasm.ts";
import { compiledModule } from "./module.ts";

const INITIAL_PAGES = 32;
const MAXIMUM_PAGES = 65536;

/** The kernels of one dtype, named without their prefix: `sgemm` and `dgemm` are both `gemm`. */
export type KernelFamily = {
  readonly [
    K in keyof KernelExports as K extends `f32_${infer Name}` ? Name
      : K extends `s${infer Name}` ? `d${Name}` extends keyof KernelExports ? Name : never
      : never
  ]: KernelExports[K];
};

/** Kernels and their memory. */
export interface Instance {
  memory: WebAssembly.Memory;
  exports: KernelExports;
  float32: KernelFamily;
  float64: KernelFamily;
}

function family(
  exports: KernelExports,
  ours: string,
  blas: string,
  blasTwin: string,
): KernelFamily {
  const found: Record<string, unknown> = {};
  for (const [name, kernel] of Object.entries(exports)) {
    if (name.startsWith(ours)) found[name.slice(ours.length)] = kernel;
    else if (name.startsWith(blas) && blasTwin + name.slice(1) in exports) {
      found[name.slice(1)] = kernel;
    }
  }
  return Object.freeze(found) as KernelFamily;
}

function instantiate(): Instance {
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES });
  const instance = new WebAssembly.Instance(compiledModule(), { env: { memory } });
  const exports = instance.exports as unknown as KernelExports;
  return {
    memory,
    exports,
    float32: family(exports, "f32_", "s", "d"),
    float64: family(exports, "f64_", "d", "s"),
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

// The compiled kernel module. Compilation is synchronous and eager: it is the one inlined form that
// edge workers accept, who allow it while a module loads and refuse it in a request handler.
import { decodeBase64 } from "./base64.ts";
import type { HostModule } from "./host_types.ts";
import { KERNELS_BASE64 } from "./kernels_wasm.ts";

let compiled: HostModule | undefined;
let refusal: unknown;
try {
  compiled = new WebAssembly.Module(decodeBase64(KERNELS_BASE64));
} catch (error) {
  refusal = error;
}

const NO_WEBASSEMBLY =
  "this host has no WebAssembly, and every kernel is WebAssembly; start V8 without " +
  "--jitless, and take pages out of the browser's lockdown mode";

/**
 * Hands over a precompiled kernel module, for hosts that refuse to compile bytes: pages whose policy lacks
 * 'wasm-unsafe-eval', edge workers. `docs/hosts.md` says how each host makes one of `kernels.wasm`.
 *
 * Call it before anything else; afterwards it has no effect on kernels that already run.
 *
 * @param module The module compiled from this version's `kernels.wasm`.
 * @throws {TypeError} when `module` does not import memory as the kernels do, or the host has no WebAssembly.
 *
 * @example
 * ```ts
 * import { init } from "curvature";
 * import { assertThrows } from "@std/assert";
 *
 * const unrelated = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
 * assertThrows(() => init(unrelated), TypeError);
 * ```
 */
export function init(module: HostModule): void {
  if (!hasWebAssembly()) throw new TypeError(`Cannot use the module: ${NO_WEBASSEMBLY}`);
  if (!importsMemory(module)) {
    throw new TypeError(
      "Cannot use the module: it is not Curvature's kernels, which import env.memory",
    );
  }
  compiled = module;
}

/** True for a module of any realm that imports env.memory and nothing else. */
function importsMemory(module: HostModule): boolean {
  let imports: WebAssembly.ModuleImportDescriptor[];
  try {
    imports = WebAssembly.Module.imports(module);
  } catch {
    return false; // not a module
  }
  return imports.length === 1 && imports[0].module === "env" && imports[0].name === "memory";
}

/** The module to instantiate. */
export function compiledModule(): HostModule {
  if (compiled) return compiled;
  throw new TypeError(`Cannot run kernels: ${whyNotCompiled()}`);
}

function hasWebAssembly(): boolean {
  return typeof WebAssembly !== "undefined";
}

/** Why there is no module, and what helps. */
function whyNotCompiled(): string {
  if (!hasWebAssembly()) return NO_WEBASSEMBLY;
  // Hosts that refuse to compile bytes still say whether they could.
  if (!WebAssembly.validate(decodeBase64(KERNELS_BASE64))) {
    return "this host's WebAssembly has no SIMD, which Chrome has since 91, Firefox since 89, Safari since 16.4";
  }
  return `this host refused to compile them (${refusal}), pass a precompiled module to init()`;
}

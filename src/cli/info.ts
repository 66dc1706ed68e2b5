import configuration from "../../deno.json" with { type: "json" };
import { memoryUsage } from "../runtime/memory.ts";
import { KERNELS_BASE64 } from "../runtime/kernels_wasm.ts";
import { UsageError } from "./usage_error.ts";

// The smallest module with a vector instruction: () => { v128.const 0; drop }.
const SIMD_MODULE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0],
  ...[10, 23, 1, 21, 0, 253, 12, ...new Array(16).fill(0), 26, 11],
);

/** `curvature info`: what this build and this machine are. */
export function info(args: readonly string[]): Promise<number> {
  if (args.length > 0) throw new UsageError(`Cannot run info: it takes no ${args[0]}`);
  const { deno, v8 } = Deno.version;
  const lines = [
    `curvature ${configuration.version}`,
    `kernels: ${Uint8Array.fromBase64(KERNELS_BASE64).length} bytes of WebAssembly`,
    `kernel memory in use: ${memoryUsage().liveBytes} bytes`,
    `WebAssembly SIMD: ${WebAssembly.validate(SIMD_MODULE) ? "supported" : "missing"}`,
    `runtime: Deno ${deno}, V8 ${v8}, ${Deno.build.target}, ${navigator.hardwareConcurrency} cores`,
  ];
  console.log(lines.join("\n"));
  return Promise.resolve(0);
}

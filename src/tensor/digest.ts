import { kernels } from "../runtime/instance.ts";
import { elementBytes } from "../runtime/memory.ts";
import { sha256OfBytes, sha256OfMemory } from "./sha256.ts";
import { checkTensor, type Tensor } from "./tensor.ts";

/** SHA-256 of bytes as they are at the call, lower-case hexadecimal. */
// deno-lint-ignore require-await -- what it throws must reject
export async function sha256(bytes: Uint8Array): Promise<string> {
  return sha256OfBytes(bytes);
}

/**
 * SHA-256 of a tensor's bytes at the call, lower-case hexadecimal: equal digests mean equal bits.
 *
 * It is computed by a kernel, in pages over http too, which have no WebCrypto.
 *
 * @throws {TypeError} when `source` is not a tensor.
 * @throws {DisposedError} when it was disposed.
 * @throws {RangeError} when an element is NaN, whose bits differ between machines.
 *
 * @example
 * ```ts
 * import { digest, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using t = tensor([0, 0]);
 * assertEquals((await digest(t)).slice(0, 16), "af5570f5a1810b7a");
 * ```
 */
export function digest(source: Tensor): Promise<string> {
  checkTensor("digest a tensor", "the source", source);
  const { data, dtype, pointer, size } = source;
  if (kernels(dtype).first_nonfinite(size, pointer) >= 0) {
    // In JavaScript: only where there is something to complain of.
    const i = data.findIndex(Number.isNaN);
    if (i >= 0) throw new RangeError(`Cannot digest a tensor: element ${i} is NaN`);
  }
  return Promise.resolve(sha256OfMemory(pointer, elementBytes(dtype, size)));
}

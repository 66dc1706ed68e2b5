import { checkTensor, type Tensor } from "./tensor.ts";

/** SHA-256 of bytes, lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * SHA-256 of a tensor's bytes, lower-case hexadecimal: equal digests mean equal bits.
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
  const { data } = source;
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== data[i]) throw new RangeError(`Cannot digest a tensor: element ${i} is NaN`);
  }
  return sha256(new Uint8Array(data.slice().buffer));
}

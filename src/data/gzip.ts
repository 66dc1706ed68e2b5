import { readStream } from "./bytes.ts";

/** True when the bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses gzip.
 *
 * @param name What messages call the bytes.
 * @throws {SyntaxError} when they are not gzip, corrupt, truncated or followed by others.
 * @throws {RangeError} when they decompress to more than `maximumBytes`.
 */
export async function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  maximumBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const action = `decompress ${name}`;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return await readStream(action, stream, maximumBytes);
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw new SyntaxError(`Cannot ${action}: the gzip data are corrupt or truncated`, { cause });
  }
}

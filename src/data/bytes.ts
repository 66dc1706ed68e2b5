// Byte streams of limited length.

/** What of a `ReadableStream` of bytes is used. */
export interface ByteStream {
  /** Locks the stream. */
  getReader(): ByteReader;
  /** Gives up what was not read. */
  cancel(): Promise<void>;
}

/** What of a `ReadableStreamDefaultReader` of bytes is used. */
export interface ByteReader {
  /** The next bytes, or that there are none. */
  read(): Promise<
    { readonly done: false; readonly value: Uint8Array } | { readonly done: true }
  >;
  /** Gives up what was not read. */
  cancel(): Promise<void>;
}

/** All bytes of a stream. Throws RangeError as soon as there are more than `maximumBytes`. */
export async function readStream(
  action: string,
  stream: ByteStream,
  maximumBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    length += part.value.length;
    if (length > maximumBytes) {
      reader.cancel().catch(() => {}); // the error to tell is ours
      throw new RangeError(`Cannot ${action}: there are more than ${maximumBytes} bytes`);
    }
  }
  const all = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

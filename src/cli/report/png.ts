// Images in a page that loads nothing: PNG of grey bytes in its own text.
import { readStream } from "../../data/bytes.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const GREY = Uint8Array.of(8, 0, 0, 0, 0); // 8 bits, no colour, no interlacing
// The polynomial of CRC-32, low bit first.
const POLYNOMIAL = 0xedb88320;

/** Rows of brightness as an address that stands for the image itself. */
export async function pngAddress(rows: readonly Uint8Array[]): Promise<string> {
  const width = rows[0]?.length ?? 0;
  // Each row begins with its filter: none.
  const lines = concatenated(rows.flatMap((row) => [Uint8Array.of(0), row]));
  const file = concatenated([
    SIGNATURE,
    chunk("IHDR", concatenated([bigEndian(width), bigEndian(rows.length), GREY])),
    chunk("IDAT", await deflate(lines)),
    chunk("IEND", new Uint8Array()),
  ]);
  return `data:image/png;base64,${file.toBase64()}`;
}

function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return readStream("make a PNG", stream, 2 * bytes.length + 1024);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const named = concatenated([new TextEncoder().encode(type), data]);
  return concatenated([bigEndian(data.length), named, bigEndian(crc32(named))]);
}

function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
    }
  }
  return ~remainder >>> 0;
}

function bigEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

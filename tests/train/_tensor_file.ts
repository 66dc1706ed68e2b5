/** A safetensors file with this header, as it is, and these elements. */
export function tensorFile(header: string | Uint8Array, elements: Uint8Array): Uint8Array {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const length = typeof header === "string" ? Math.ceil(json.length / 8) * 8 : json.length;
  const bytes = new Uint8Array(8 + length + elements.length).fill(0x20, 8, 8 + length);
  new DataView(bytes.buffer).setUint32(0, length, true);
  bytes.set(json, 8);
  bytes.set(elements, 8 + length);
  return bytes;
}

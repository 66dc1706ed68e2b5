// Writes files of the safetensors format, canonically: equal content gives equal bytes, those of the
// reference writer (larger elements first, then by name; the header padded to 8 bytes).
import type { FloatArray } from "../../runtime/dtype.ts";
import type { Shape } from "../../tensor/shape.ts";
import { METADATA_KEY } from "./header.ts";
import { bytesOf, type StoredDType, storedName } from "./stored_dtype.ts";

const ALIGNMENT = 8;

/** A tensor to write. */
export interface TensorToStore {
  readonly dtype: StoredDType;
  readonly shape: Shape;
  readonly elements: FloatArray;
}

/** Writes tensors and metadata, which keeps its order. */
export function writeTensorFile(
  tensors: ReadonlyMap<string, TensorToStore>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const inOrder = [...tensors].sort(canonicalOrder).map(([name, tensor]) =>
    [name, tensor, bytesOf(tensor.dtype, tensor.elements)] as const
  );
  const header: [string, unknown][] = [[METADATA_KEY, metadata]];
  let end = 0;
  for (const [name, { dtype, shape }, { byteLength }] of inOrder) {
    const begin = end;
    end += byteLength;
    header.push([name, { dtype: storedName(dtype), shape, data_offsets: [begin, end] }]);
  }
  const json = new TextEncoder().encode(formatObject(header));
  const length = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + length + end);
  new DataView(bytes.buffer).setUint32(0, length, true);
  bytes.fill(0x20, 8, 8 + length);
  bytes.set(json, 8);
  let position = 8 + length;
  for (const [, , held] of inOrder) {
    bytes.set(held, position);
    position += held.byteLength;
  }
  return bytes;
}

function canonicalOrder([a, x]: [string, TensorToStore], [b, y]: [string, TensorToStore]): number {
  if (x.dtype !== y.dtype) return x.dtype === "float64" ? -1 : 1;
  return a < b ? -1 : 1;
}

/** An object literal that keeps the order of its keys, which objects do not for keys like "0". */
function formatObject(members: readonly (readonly [string, unknown])[]): string {
  const texts = members.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return `{${texts.join(",")}}`;
}

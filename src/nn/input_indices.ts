// Whether inputs are indices, where the first layer takes such.
import { firstNoIndex } from "../ops/lookup.ts";
import type { DType } from "../runtime/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** float32 holds every whole number up to this one. */
const LAST_FLOAT32 = 16777216;

/** Refuses more indices than numbers of a dtype tell apart. */
export function checkIndexCount(action: string, count = 0, dtype: DType): void {
  if (dtype === "float64" || count - 1 <= LAST_FLOAT32) return;
  throw new RangeError(
    `Cannot ${action}: float32 does not tell ${count} indices apart, float64 does`,
  );
}

/** Refuses inputs (B, …), finite ones, that are not indices, with the place of the first; padding may be anything. */
export function checkIndices(
  action: string,
  input: Tensor,
  count: number,
  lengths?: ArrayLike<number>,
): void {
  const { shape: [batchSize, steps = 1], size } = input;
  const each = size / batchSize;
  if (!lengths) return refuse(action, input, firstNoIndex(input, 0, size, count), count);
  for (let n = 0; n < batchSize; n++) {
    const found = firstNoIndex(input, n * each, lengths[n] * each / steps, count);
    refuse(action, input, found < 0 ? found : n * each + found, count);
  }
}

function refuse(action: string, { data, shape, size }: Tensor, place: number, count: number): void {
  if (place < 0) return;
  const each = size / shape[0], sample = Math.floor(place / each);
  const what = shape.length > 1 ? `index ${place % each} of sample` : "the index of sample";
  throw new RangeError(
    `Cannot ${action}: ${what} ${sample} is ${data[place]}, ` +
      `it must be a whole number from 0 to ${count - 1}`,
  );
}

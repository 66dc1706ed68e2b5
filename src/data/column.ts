// One side of a data set, inputs or targets: `count` samples of equal shape, gathered by row number.
import { describe, describeNonNumber } from "../runtime/arguments.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import type { PlainRecord } from "../runtime/plain_data.ts";
import { sha256 } from "../tensor/digest.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { isTensor, type Tensor } from "../tensor/tensor.ts";

/** Numbers that are digested at a time. */
const CHUNK = 1 << 20;

/** Samples of one shape. */
export interface Column {
  readonly count: number;
  readonly shape: Shape;
  /** Writes sample rows[i] to row i of `out`; everything was checked before. */
  gather(rows: ArrayLike<number>, out: Tensor): void;
  /** A digest of the samples, with what turns them into elements. */
  identify(): Promise<PlainRecord>;
}

/** Samples in an array that is kept as it is and multiplied by `scale` on the way out. */
export function arrayColumn(
  what: string,
  values: ArrayLike<number>,
  shape: Shape,
  scale: number,
): Column {
  checkShape("make a dataset", shape, `${what}Shape`);
  checkNumbers(what, values);
  const width = sizeOf(shape);
  const count = values.length / width;
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `Cannot make a dataset: ${values.length} numbers of ${what} are not samples of shape ${
        formatShape(shape)
      }`,
    );
  }
  // A view into kernel memory loses its elements when memory grows.
  const checkHeld = (action: string): void => {
    if (values.length === count * width) return;
    throw new TypeError(
      `Cannot ${action}: the ${what} array was detached, use datasetFromTensors() for tensors`,
    );
  };
  const held = (): ArrayLike<number> => {
    checkHeld("digest a dataset");
    return values;
  };
  return {
    count,
    shape: Object.freeze([...shape]),
    identify: async () => ({ scale, sha256: await digestOf(count * width, held) }),
    gather: (rows, out): void => {
      checkHeld("fill a batch");
      const { data } = out;
      for (let i = 0, to = 0; i < rows.length; i++) {
        const end = (rows[i] + 1) * width;
        for (let from = end - width; from < end; from++) data[to++] = values[from] * scale;
      }
    },
  };
}

/** Samples along the first axis of a tensor, which must outlive the column. */
export function tensorColumn(what: string, values: Tensor): Column {
  const [count, ...shape] = values.shape;
  if (!count || values.size === 0) {
    throw new RangeError(
      `Cannot make a dataset: the ${what} tensor of shape ${
        formatShape(values.shape)
      } holds no samples`,
    );
  }
  const width = sizeOf(shape);
  return {
    count,
    shape: Object.freeze(shape),
    identify: async () => ({ scale: 1, sha256: await digestOf(values.size, () => values.data) }),
    gather: (rows, out): void => {
      const [source, target] = [values.data, out.data];
      for (let i = 0; i < rows.length; i++) {
        const from = rows[i] * width;
        target.set(source.subarray(from, from + width), i * width);
      }
    },
  };
}

function checkNumbers(what: string, values: ArrayLike<number>): void {
  if (!Array.isArray(values) && !(ArrayBuffer.isView(values) && "length" in values)) {
    throw new TypeError(
      `Cannot make a dataset: the ${what} must be an array or typed array, not ${
        describe(values)
      }` +
        (isTensor(values) ? "; datasetFromTensors() takes tensors" : ""),
    );
  }
  for (let i = 0; i < values.length; i++) {
    if (typeof values[i] !== "number") {
      throw new TypeError(
        `Cannot make a dataset: ${what} number ${i} must be a number, not ${
          describeNonNumber(values[i])
        }${Array.isArray(values[i]) ? `; ${what}.flat() has them one after the other` : ""}`,
      );
    }
    if (!Number.isFinite(values[i])) {
      throw new NonFiniteError("make a dataset", `${what} number ${i}`);
    }
  }
}

/** SHA-256 of the digests of chunks of the numbers in float64: whatever array holds them, and with memory for one. */
async function digestOf(count: number, values: () => ArrayLike<number>): Promise<string> {
  const digests: string[] = [];
  const chunk = new Float64Array(Math.min(count, CHUNK));
  for (let start = 0; start < count; start += CHUNK) {
    const size = Math.min(CHUNK, count - start), from = values(); // kernel memory may have moved
    for (let i = 0; i < size; i++) chunk[i] = from[start + i];
    digests.push(await sha256(new Uint8Array(chunk.buffer, 0, 8 * size)));
  }
  return sha256(new TextEncoder().encode(digests.join()));
}

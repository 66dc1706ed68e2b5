// One side of a data set, inputs or targets: `count` samples of equal shape, gathered by row number.
import { describe, describeNonNumber } from "../runtime/arguments.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import type { PlainRecord } from "../runtime/plain_data.ts";
import { moveRuns } from "../ops/runs.ts";
import { kernels } from "../runtime/instance.ts";
import { elementBytes, floatView, memoryBuffer, workspace } from "../runtime/memory.ts";
import { sha256 } from "../tensor/digest.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { isTensor, Tensor } from "../tensor/tensor.ts";

/** Numbers in a row from which a kernel's call for each row pays. */
const WIDE = 96;
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
      const moveWide = values instanceof Uint8Array ? moveBytes : moveNumbers;
      const move = width < WIDE ? moveFew : moveWide;
      move(rows, width, scale, out, () => {
        checkHeld("fill a batch");
        return values as Uint8Array;
      });
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
      const moves = { count: rows.length, width, from: Uint32Array.from(rows) };
      if (values.dtype === out.dtype) return void moveRuns(moves, values, out);
      using held = new Tensor(values.dtype, out.shape);
      out.data.set(moveRuns(moves, values, held).data);
    },
  };
}

/** Narrow rows to rows of `out`. */
function moveFew(
  rows: ArrayLike<number>,
  width: number,
  scale: number,
  { data }: Tensor,
  source: () => ArrayLike<number>,
): void {
  const numbers = source();
  // In JavaScript: rows of few numbers, where a kernel's call for each would cost more.
  for (let i = 0, to = 0; i < rows.length; i++) {
    const end = (rows[i] + 1) * width;
    for (let from = end - width; from < end; from++) data[to++] = numbers[from] * scale;
  }
}

/** Rows of bytes to rows of `out`, through the kernels' workspace; what `source` gives is looked at after memory grew. */
function moveBytes(
  rows: ArrayLike<number>,
  width: number,
  scale: number,
  { dtype, pointer }: Tensor,
  source: () => Uint8Array,
): void {
  const held = workspace(width), bytes = source(), { from_bytes } = kernels(dtype);
  const row = new Uint8Array(memoryBuffer(), held, width);
  for (let i = 0; i < rows.length; i++) {
    row.set(bytes.subarray(rows[i] * width, (rows[i] + 1) * width));
    from_bytes(width, scale, held, pointer + elementBytes(dtype, i * width));
  }
}

/** The same for any numbers. */
function moveNumbers(
  rows: ArrayLike<number>,
  width: number,
  scale: number,
  { dtype, pointer }: Tensor,
  source: () => ArrayLike<number>,
): void {
  const held = workspace(elementBytes("float64", width)), numbers = source();
  const row = floatView("float64", held, width), { narrow } = kernels(dtype);
  // In JavaScript: rows come from an array of the host, each copied whole before a kernel rounds it.
  for (let i = 0; i < rows.length; i++) {
    const first = rows[i] * width, end = first + width;
    row.set(Array.isArray(numbers) ? numbers.slice(first, end) : part(numbers, first, end));
    narrow(width, scale, held, pointer + elementBytes(dtype, i * width), 1);
  }
}

/** A view of a typed array. */
function part(numbers: ArrayLike<number>, first: number, end: number): ArrayLike<number> {
  return (numbers as Float64Array).subarray(first, end);
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

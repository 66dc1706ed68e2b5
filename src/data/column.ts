// One side of a data set, inputs or targets: `count` samples of equal shape, gathered by row number.
import { describe, describeNonNumber } from "../runtime/arguments.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { isTensor, type Tensor } from "../tensor/tensor.ts";

/** Samples of one shape. */
export interface Column {
  readonly count: number;
  readonly shape: Shape;
  /** Writes sample rows[i] to row i of `out`; everything was checked before. */
  gather(rows: ArrayLike<number>, out: Tensor): void;
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
  return {
    count,
    shape: Object.freeze([...shape]),
    gather: (rows, out): void => {
      // A view into kernel memory loses its elements when memory grows.
      if (values.length !== count * width) {
        throw new TypeError(
          `Cannot fill a batch: the ${what} array was detached, use datasetFromTensors() for tensors`,
        );
      }
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

import {
  checkAttached,
  checkOptions,
  describe,
  describeNonNumber,
  type Names,
  namesOf,
} from "../runtime/arguments.ts";
import { checkDType, type DType } from "../runtime/dtype.ts";
import { checkShape, formatShape, MAXIMUM_RANK, type Shape, sizeOf } from "./shape.ts";
import { checkTensor, type NestedNumbers, Tensor } from "./tensor.ts";

/** Options of `zeros()`. */
export interface TensorOptions {
  /** Element type. @default "float32" */
  readonly dtype?: DType;
}

/** Its name. */
export const TENSOR_NAMES: Names<TensorOptions> = namesOf<TensorOptions>({ dtype: true });

/** Options of `tensor()`. */
export interface TensorFromOptions extends TensorOptions {
  /** Sizes of the axes. @default those of the nesting, or (length) for flat data */
  readonly shape?: Shape;
}

const FROM_NAMES = namesOf<TensorFromOptions, TensorOptions>({ shape: true }, TENSOR_NAMES);

/** Numbers in the forms that `tensor()` reads. */
export type TensorData = NestedNumbers | ArrayLike<number>;

/**
 * Makes a tensor of zeros.
 *
 * @param shape Sizes of the axes.
 * @throws {TypeError} when `shape` is not an array of numbers or the dtype is unknown.
 * @throws {RangeError} when a size is negative, fractional or too large.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { zeros } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using t = zeros([2, 2]);
 * assertEquals(t.toArray(), [[0, 0], [0, 0]]);
 * ```
 */
export function zeros(shape: Shape, options: TensorOptions = {}): Tensor {
  checkOptions("make a tensor", options, TENSOR_NAMES);
  const { dtype = "float32" } = options;
  const made = new Tensor(dtype, shape);
  made.data.fill(0);
  return made;
}

/**
 * Makes a tensor from nested arrays or flat data.
 *
 * @param data Nested arrays of numbers, or an array or typed array of the elements in row-major order.
 * @throws {TypeError} when the data are ragged, not numbers, or do not fill the shape.
 * @throws {RangeError} when a size is negative, fractional or too large.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using t = tensor([[1, 2, 3], [4, 5, 6]]);
 * assertEquals(t.shape, [2, 3]);
 * assertEquals([...t.data], [1, 2, 3, 4, 5, 6]);
 * ```
 */
export function tensor(data: TensorData, options: TensorFromOptions = {}): Tensor {
  checkOptions("make a tensor", options, FROM_NAMES);
  const natural = naturalShape(data);
  const { dtype = "float32", shape = natural } = options;
  checkDType("make a tensor", dtype);
  checkShape("make a tensor", shape);
  if (sizeOf(shape) !== sizeOf(natural)) {
    throw new TypeError(
      `Cannot make a tensor of shape ${formatShape(shape)}: the data have shape ${
        formatShape(natural)
      }`,
    );
  }
  const isFlat = natural.length === 1;
  const flat = isFlat ? data as ArrayLike<number> : flatten(data as NestedNumbers, natural);
  for (let i = 0; i < flat.length; i++) {
    if (typeof flat[i] !== "number") {
      throw new TypeError(
        `Cannot make a tensor: element ${i} must be a number, not ${describeNonNumber(flat[i])}`,
      );
    }
  }
  const made = new Tensor(dtype, shape);
  made.data.set(flat);
  return made;
}

/**
 * Copies a tensor: same dtype, shape and elements in memory of its own.
 *
 * @throws {TypeError} when `source` is not a tensor.
 * @throws {DisposedError} when it was disposed.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { clone, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using t = tensor([1, 2]);
 * using copy = clone(t);
 * t.data[0] = 9;
 * assertEquals(copy.toArray(), [1, 2]);
 * ```
 */
export function clone(source: Tensor): Tensor {
  checkTensor("clone a tensor", "the source", source);
  return cast(source, source.dtype);
}

/**
 * Copies the elements to a new tensor of another dtype, each rounded to nearest.
 *
 * @throws {TypeError} when `source` is not a tensor or the dtype is unknown.
 * @throws {DisposedError} when it was disposed.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { cast, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using precise = tensor([0.1], { dtype: "float64" });
 * using rounded = cast(precise, "float32");
 * assertEquals(rounded.data[0], Math.fround(0.1));
 * ```
 */
export function cast(source: Tensor, dtype: DType): Tensor {
  checkTensor("cast a tensor", "the source", source);
  checkDType("cast a tensor", dtype);
  const made = new Tensor(dtype, source.shape);
  made.data.set(source.data);
  return made;
}

function naturalShape(data: unknown, depth = 0): number[] {
  if (typeof data === "number") return [];
  if (ArrayBuffer.isView(data) && "length" in data) {
    checkAttached("make a tensor", "the data", data as Float32Array);
    return [data.length as number];
  }
  if (!Array.isArray(data) || depth > MAXIMUM_RANK) {
    throw new TypeError(
      `Cannot make a tensor: the data must be numbers in at most ${MAXIMUM_RANK} levels of arrays, not ${
        describe(data)
      }`,
    );
  }
  return [data.length, ...(Array.isArray(data[0]) ? naturalShape(data[0], depth + 1) : [])];
}

function flatten(data: NestedNumbers, shape: Shape): number[] {
  const flat: number[] = [];
  const visit = (node: NestedNumbers, axis: number): void => {
    if (axis === shape.length && typeof node === "number") flat.push(node);
    else if (axis === shape.length && !Array.isArray(node)) {
      throw new TypeError(
        `Cannot make a tensor: element ${flat.length} must be a number, not ${
          describeNonNumber(node)
        }`,
      );
    } else if (axis < shape.length && Array.isArray(node) && node.length === shape[axis]) {
      for (const child of node) visit(child, axis + 1);
    } else {
      throw new TypeError(
        "Cannot make a tensor: nested arrays must have equal lengths and end in numbers",
      );
    }
  };
  visit(data, 0);
  return flat;
}

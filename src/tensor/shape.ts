import { describe, describeNonNumber } from "../runtime/arguments.ts";

/** Sizes of a tensor's axes, outermost first. */
export type Shape = readonly number[];

/** Axes that a tensor has at most. */
export const MAXIMUM_RANK = 8;

/** Elements that a tensor has at most: 2^29. */
export const MAXIMUM_ELEMENTS = 536870912;

/** The number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** True when two shapes have the same axes. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** A shape as messages print it: (2, 3). */
export function formatShape(shape: Shape): string {
  return `(${shape.join(", ")})`;
}

/** A shape that was found sound. */
export function checkedShape(action: string, shape: Shape): Shape {
  checkShape(action, shape);
  return shape;
}

/** Refuses what is not a list of whole, non-negative sizes that fits in memory. */
export function checkShape(
  action: string,
  shape: unknown,
  what = "the shape",
): asserts shape is Shape {
  if (!Array.isArray(shape)) {
    throw new TypeError(
      `Cannot ${action}: ${what} must be an array of sizes such as [28, 28, 1], not ${
        describe(shape)
      }`,
    );
  }
  if (shape.length > MAXIMUM_RANK) {
    throw new RangeError(`Cannot ${action}: rank ${shape.length} is more than ${MAXIMUM_RANK}`);
  }
  for (const extent of shape) {
    if (typeof extent !== "number") {
      throw new TypeError(
        `Cannot ${action}: sizes must be numbers, one is ${describeNonNumber(extent)}`,
      );
    }
    if (!Number.isInteger(extent) || extent < 0) {
      throw new RangeError(
        `Cannot ${action}: sizes must be whole and not negative, one is ${extent}`,
      );
    }
  }
  if (sizeOf(shape) > MAXIMUM_ELEMENTS) {
    throw new RangeError(`Cannot ${action}: ${formatShape(shape)} has more than 2^29 elements`);
  }
}

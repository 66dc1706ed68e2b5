import type { DType } from "../runtime/dtype.ts";
import { formatShape } from "../tensor/shape.ts";
import { checkTensor, type Tensor } from "../tensor/tensor.ts";

interface Space {
  readonly size: number;
  readonly dtype: DType;
}

/** Refuses what is not a tensor with as many elements as a space has, of its dtype. */
export function checkVector(
  action: string,
  { size, dtype }: Space,
  v: unknown,
  name: string,
): asserts v is Tensor {
  checkTensor(action, name, v);
  if (v.size !== size) {
    throw new TypeError(
      `Cannot ${action}: ${name} has shape ${formatShape(v.shape)}, not ${size} elements`,
    );
  }
  if (v.dtype !== dtype) {
    throw new TypeError(`Cannot ${action}: ${name} is ${v.dtype}, not ${dtype}`);
  }
}

/** Refuses operators of another order or dtype. */
export function checkSameSpace(action: string, first: Space, other: Space): void {
  if (first.size !== other.size) {
    throw new TypeError(
      `Cannot ${action} operators of orders ${first.size} and ${other.size}: they must be equal`,
    );
  }
  if (first.dtype !== other.dtype) {
    throw new TypeError(
      `Cannot ${action} operators of ${first.dtype} and ${other.dtype}: the dtypes differ`,
    );
  }
}

/** The order of a square matrix that is not empty. */
export function squareOrder(action: string, a: unknown, name: string): number {
  checkTensor(action, name, a);
  const [n, columns] = a.shape;
  if (a.shape.length !== 2 || n !== columns || n === 0) {
    throw new TypeError(
      `Cannot ${action}: ${name} has shape ${formatShape(a.shape)}, not (n, n) with n > 0`,
    );
  }
  return n;
}

import { machineEpsilon } from "../runtime/dtype.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { cast } from "../tensor/create.ts";
import { formatShape } from "../tensor/shape.ts";
import { checkTensor, type Tensor } from "../tensor/tensor.ts";

/** Refuses what is not a tensor of finite numbers. */
export function checkFinite(action: string, t: unknown, name: string): asserts t is Tensor {
  checkTensor(action, name, t);
  const { data } = t;
  for (let i = 0; i < data.length; i++) {
    if (!(Math.abs(data[i]) < Infinity)) throw new NonFiniteError(action, `${name}[${i}]`);
  }
}

/**
 * Refuses what is not a square, finite and symmetric matrix; returns its order.
 *
 * Mirrored elements may differ by rounding: by half of the dtype's digits, relative to the largest.
 */
export function checkSymmetric(action: string, a: unknown): number {
  checkFinite(action, a, "a");
  const { data, shape, dtype } = a as Tensor;
  const [n, columns] = shape;
  if (shape.length !== 2 || n !== columns) {
    throw new TypeError(`Cannot ${action}: a has shape ${formatShape(shape)}, not (n, n)`);
  }
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]));
  const allowed = Math.sqrt(machineEpsilon(dtype)) * largest;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      if (Math.abs(data[i * n + j] - data[j * n + i]) <= allowed) continue;
      throw new RangeError(
        `Cannot ${action}: a is not symmetric, (${i}, ${j}) is ${data[i * n + j]} and ` +
          `(${j}, ${i}) is ${data[j * n + i]}`,
      );
    }
  }
  return n;
}

/** Copies the lower triangle of a square matrix to its upper one. */
export function mirrorLower(square: Tensor): void {
  const { data, shape: [n] } = square;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) data[j * n + i] = data[i * n + j];
}

/** A symmetric matrix in float64, exactly symmetric; what rounding allows depends on the dtype it came in. */
export function preciseSymmetric(action: string, a: Tensor): Tensor {
  checkSymmetric(action, a);
  const precise = cast(a, "float64");
  mirrorLower(precise);
  return precise;
}

import { mirrorLower } from "../ops/face_splitting.ts";
import { firstNonFinite, maxAbs } from "../ops/vector.ts";
import { kernels } from "../runtime/instance.ts";
import { machineEpsilon } from "../runtime/dtype.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { cast } from "../tensor/create.ts";
import { formatShape } from "../tensor/shape.ts";
import { checkTensor, type Tensor } from "../tensor/tensor.ts";

/** Refuses what is not a tensor of finite numbers. */
export function checkFinite(action: string, t: unknown, name: string): asserts t is Tensor {
  checkTensor(action, name, t);
  const i = firstNonFinite(t);
  if (i >= 0) throw new NonFiniteError(action, `${name}[${i}]`);
}

/**
 * Refuses what is not a square, finite and symmetric matrix; returns its order.
 *
 * Mirrored elements may differ by rounding: by half of the dtype's digits, relative to the largest.
 */
export function checkSymmetric(action: string, a: unknown): number {
  checkFinite(action, a, "a");
  const square = a as Tensor, { shape, dtype } = square;
  const [n, columns] = shape;
  if (shape.length !== 2 || n !== columns) {
    throw new TypeError(`Cannot ${action}: a has shape ${formatShape(shape)}, not (n, n)`);
  }
  const allowed = Math.sqrt(machineEpsilon(dtype)) * maxAbs(square);
  const first = kernels(dtype).first_asymmetry(n, allowed, square.pointer);
  if (first >= 0) {
    const { data } = square, i = Math.floor(first / n), j = first % n;
    throw new RangeError(
      `Cannot ${action}: a is not symmetric, (${i}, ${j}) is ${data[i * n + j]} and ` +
        `(${j}, ${i}) is ${data[j * n + i]}`,
    );
  }
  return n;
}

/** A symmetric matrix in float64, exactly symmetric; what rounding allows depends on the dtype it came in. */
export function preciseSymmetric(action: string, a: Tensor): Tensor {
  checkSymmetric(action, a);
  const precise = cast(a, "float64");
  mirrorLower(precise);
  return precise;
}

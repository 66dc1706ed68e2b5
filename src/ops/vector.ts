// Checked calls of the vector kernels. A tensor counts as the vector of its elements.
import { kernels } from "../runtime/instance.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { formatShape } from "../tensor/shape.ts";

/** Refuses vectors of two sizes or dtypes. */
export function checkPair(action: string, x: Tensor, y: Tensor): void {
  if (x.size !== y.size) {
    throw new TypeError(
      `Cannot ${action} ${formatShape(x.shape)} and ${formatShape(y.shape)}: the sizes differ`,
    );
  }
  if (x.dtype !== y.dtype) {
    throw new TypeError(`Cannot ${action} ${x.dtype} and ${y.dtype}: the dtypes differ`);
  }
}

/** x · y, accumulated in float64. */
export function dot(x: Tensor, y: Tensor): number {
  checkPair("take the dot product of", x, y);
  return kernels(x.dtype).dot(x.size, x.pointer, y.pointer);
}

/** The Euclidean norm, accumulated in float64. */
export function norm(x: Tensor): number {
  return kernels(x.dtype).nrm2(x.size, x.pointer);
}

/** The sum of all elements, accumulated in float64. */
export function sum(x: Tensor): number {
  return kernels(x.dtype).sum(x.size, x.pointer);
}

/** The largest magnitude. */
export function maxAbs(x: Tensor): number {
  return kernels(x.dtype).max_abs(x.size, x.pointer);
}

/** y = y + alpha x. */
export function axpy(alpha: number, x: Tensor, y: Tensor): Tensor {
  checkPair("add", x, y);
  kernels(x.dtype).axpy(x.size, alpha, x.pointer, y.pointer);
  return y;
}

/** y = alpha x + beta y; beta = 0 does not read y. */
export function axpby(alpha: number, x: Tensor, beta: number, y: Tensor): Tensor {
  checkPair("add", x, y);
  kernels(x.dtype).axpby(x.size, alpha, x.pointer, beta, y.pointer);
  return y;
}

/** x = alpha x. */
export function scale(alpha: number, x: Tensor): Tensor {
  kernels(x.dtype).scal(x.size, alpha, x.pointer);
  return x;
}

/** y = factor x / divisor in float64, rounded at the end. */
export function scaleWide(factor: number, x: Tensor, divisor: number, y: Tensor): Tensor {
  checkPair("scale", x, y);
  kernels(x.dtype).scale_wide(x.size, factor, divisor, x.pointer, y.pointer);
  return y;
}

/** Sets every element. */
export function fill(x: Tensor, value: number): Tensor {
  kernels(x.dtype).fill(x.size, value, x.pointer);
  return x;
}

/** y = x, element by element. */
export function copy(x: Tensor, y: Tensor): Tensor {
  checkPair("copy between", x, y);
  y.data.set(x.data);
  return y;
}

/** out = x y, element by element; out may be x or y. */
export function multiplyInto(x: Tensor, y: Tensor, out: Tensor): Tensor {
  checkPair("multiply", x, y);
  checkPair("multiply to", x, out);
  kernels(x.dtype).multiply(x.size, x.pointer, y.pointer, out.pointer);
  return out;
}

/** The index of the first NaN or infinity, or -1. */
export function firstNonFinite(x: Tensor): number {
  return kernels(x.dtype).first_nonfinite(x.size, x.pointer);
}

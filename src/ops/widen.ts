// Between any dtype and float64, with the arithmetic in float64. Tensors count as the vectors of their elements.
import { kernels } from "../runtime/instance.ts";
import { elementBytes } from "../runtime/memory.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Refuses what is not float64, or not of `count` elements. */
export function checkWide(action: string, wide: Tensor, count: number): void {
  if (wide.dtype === "float64" && wide.size === count) return;
  throw new TypeError(
    `Cannot ${action}: there must be ${count} elements of float64, not ${wide.size} of ${wide.dtype}`,
  );
}

/** out = alpha x; out float64. */
export function widen(alpha: number, x: Tensor, out: Tensor): Tensor {
  checkWide("widen a tensor", out, x.size);
  kernels(x.dtype).widen(x.size, alpha, x.pointer, 1, out.pointer, 1);
  return out;
}

/** Every `step`th element of out from `first` on = alpha x; out float64. */
export function widenTo(
  alpha: number,
  x: Tensor,
  out: Tensor,
  first: number,
  step: number,
): void {
  checkWide("widen a tensor", out, out.size);
  const to = out.pointer + elementBytes("float64", first);
  kernels(x.dtype).widen(x.size, alpha, x.pointer, 1, to, step);
}

/** out = alpha x, rounded; x float64. */
export function narrow(alpha: number, x: Tensor, out: Tensor): Tensor {
  checkWide("narrow a tensor", x, out.size);
  kernels(out.dtype).narrow(out.size, alpha, x.pointer, out.pointer, 1);
  return out;
}

/** out = x / divisor, rounded; x float64. */
export function narrowDivided(x: Tensor, divisor: number, out: Tensor): Tensor {
  checkWide("divide a tensor", x, out.size);
  kernels(out.dtype).narrow_divided(out.size, divisor, x.pointer, out.pointer);
  return out;
}

/** sum = sum + alpha x; sum float64. */
export function addWidened(alpha: number, x: Tensor, sum: Tensor): Tensor {
  checkWide("add a tensor", sum, x.size);
  kernels(x.dtype).add_widened(x.size, alpha, x.pointer, sum.pointer);
  return sum;
}

/** y = x y, element by element; y float64. */
export function multiplyWidened(x: Tensor, y: Tensor): Tensor {
  checkWide("multiply a tensor", y, x.size);
  kernels(x.dtype).multiply_widened(x.size, x.pointer, y.pointer);
  return y;
}

/** sum = sum + x² / divisor, element by element; sum float64. */
export function addSquares(x: Tensor, divisor: number, sum: Tensor): Tensor {
  checkWide("add squares", sum, x.size);
  kernels(x.dtype).add_squares(x.size, divisor, x.pointer, sum.pointer);
  return sum;
}

// Updates of vectors together with the number that iterations take of them, in one pass over memory. The bits are those of
// the single calls in vector.ts, one after the other.
import { kernels } from "../runtime/instance.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkPair, norm } from "./vector.ts";

/** 2^-900: the sum of float64 squares below which those that were lost may matter, as in nrm2. */
const SMALLEST = 1.1830521861667747e-271;

/** The norm of x, where x · x is known; taken anew where that has left the safe range. */
export function normOf(squares: number, x: Tensor): number {
  return squares >= SMALLEST && squares < Infinity ? Math.sqrt(squares) : norm(x);
}

/** y = y + alpha x; returns y · w, where w may be y. */
export function axpyDot(alpha: number, x: Tensor, y: Tensor, w: Tensor = y): number {
  checkPair("add", x, y);
  checkPair("take the dot product of", y, w);
  return kernels(x.dtype).axpy_dot(x.size, alpha, x.pointer, y.pointer, w.pointer);
}

/** y = alpha x + beta y, where beta = 0 does not read y; returns y · y. */
export function axpbyDot(alpha: number, x: Tensor, beta: number, y: Tensor): number {
  checkPair("add", x, y);
  return kernels(x.dtype).axpby_dot(x.size, alpha, x.pointer, beta, y.pointer);
}

/** y = alpha x + beta y, where beta = 0 does not read y; returns the largest magnitude of y. */
export function axpbyMaxAbs(alpha: number, x: Tensor, beta: number, y: Tensor): number {
  checkPair("add", x, y);
  return kernels(x.dtype).axpby_max_abs(x.size, alpha, x.pointer, beta, y.pointer);
}

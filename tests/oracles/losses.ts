// The losses in float64, plainly: elementwise ones of (z, y, parameter), row-wise ones of rows.
import { softplus } from "./functions.ts";

/** By the names of the kernels. */
export const ELEMENTWISE_LOSSES = {
  squared_error: (z: number, y: number) => 0.5 * (z - y) ** 2,
  sigmoid_xent: (z: number, y: number) => y * softplus(-z) + (1 - y) * softplus(z),
  huber: (z: number, y: number, p: number) => {
    const r = Math.abs(z - y);
    return r <= p ? 0.5 * r * r : p * (r - 0.5 * p);
  },
  pseudo_huber: (z: number, y: number, p: number) => p * p * (Math.hypot(1, (z - y) / p) - 1),
  poisson: (z: number, y: number) => Math.exp(z) - y * z,
} as const;

/** Probability of each class. */
export function softmax(z: readonly number[]): number[] {
  const top = Math.max(...z);
  const e = z.map((zk) => Math.exp(zk - top));
  const sum = e.reduce((a, b) => a + b);
  return e.map((ek) => ek / sum);
}

const inner = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, ak, k) => sum + ak * b[k], 0);

/** By the names of the kernels; y is a dense row. */
export const ROW_LOSSES = {
  softmax_xent: (z: readonly number[], y: readonly number[]) => {
    const top = Math.max(...z);
    const logSum = top + Math.log(z.reduce((sum, zk) => sum + Math.exp(zk - top), 0));
    return y.reduce((sum, yk, k) => sum + yk * (logSum - z[k]), 0);
  },
  expected_zero_one: (z: readonly number[], y: readonly number[]) => 1 - inner(y, softmax(z)),
  welsch: (z: readonly number[], y: readonly number[]) => {
    const r = z.map((zk, k) => zk - y[k]);
    return -Math.expm1(-0.5 * inner(r, r));
  },
} as const;

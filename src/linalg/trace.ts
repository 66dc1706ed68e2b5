import type { Tensor } from "../tensor/tensor.ts";

/** The sum of the diagonal (n, n), in order. */
export function trace({ data, shape: [n] }: Tensor): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += data[i * (n + 1)];
  return sum;
}

/** The mean eigenvalue of a symmetric matrix. */
export function meanDiagonal(matrix: Tensor): number {
  return trace(matrix) / matrix.shape[0];
}

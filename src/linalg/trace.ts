import { diagonalOf, sumEvery } from "../ops/strided.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The sum of the diagonal (n, n), in order. */
export function trace(matrix: Tensor): number {
  return sumEvery(matrix, diagonalOf(matrix.shape[0]));
}

/** The mean eigenvalue of a symmetric matrix. */
export function meanDiagonal(matrix: Tensor): number {
  return trace(matrix) / matrix.shape[0];
}

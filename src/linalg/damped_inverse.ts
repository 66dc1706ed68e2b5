import { NotPositiveDefiniteError } from "../runtime/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { DampedFactor, inverseScratch } from "./damped_factor.ts";

/**
 * out = (matrix + damping I)^-1, factorized in float64 whatever the dtype of the tensors.
 *
 * Shapes: matrix and out (n, n) symmetric, work (n, n) float64. Cost: n³ flops. Exactly symmetric.
 *
 * @throws {NotPositiveDefiniteError} when the sum is not positive definite; `out` is unchanged.
 */
export function dampedInverse(matrix: Tensor, damping: number, out: Tensor, work: Tensor): Tensor {
  const [n] = matrix.shape;
  const factor = new DampedFactor(work, n);
  inverseScratch("float64", n);
  const pivot = factor.factor(matrix, damping);
  if (pivot >= 0) throw new NotPositiveDefiniteError("invert a damped factor", pivot);
  factor.invert();
  out.data.set(work.data);
  return out;
}

import { instance, kernels } from "../runtime/instance.ts";
import { NotPositiveDefiniteError } from "../runtime/errors.ts";
import { workspace } from "../runtime/memory.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * out = (matrix + damping I)^-1, factorized in float64 whatever the dtype of the tensors.
 *
 * Shapes: matrix and out (n, n) symmetric, work (n, n) float64. Cost: n³ flops. Exactly symmetric.
 *
 * @throws {NotPositiveDefiniteError} when the sum is not positive definite; `out` is unchanged.
 */
export function dampedInverse(matrix: Tensor, damping: number, out: Tensor, work: Tensor): Tensor {
  const [n] = matrix.shape;
  const { potrf, potri, potri_work_bytes } = kernels("float64");
  const factor = work.data;
  factor.set(matrix.data);
  for (let i = 0; i < n; i++) factor[i * (n + 1)] += damping;
  const scratchBytes = Math.max(
    instance().exports.potrf_work_bytes(),
    potri_work_bytes(n),
  );
  const scratch = workspace(scratchBytes);
  const failed = potrf(n, work.pointer, n, scratch);
  if (failed > 0) throw new NotPositiveDefiniteError("invert a damped factor", failed - 1);
  potri(n, work.pointer, n, scratch);
  out.data.set(work.data);
  return out;
}

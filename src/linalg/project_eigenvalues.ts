import { firstNonFinite } from "../ops/vector.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { kernels } from "../runtime/instance.ts";
import { workspace } from "../runtime/memory.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What a projection works in, for matrices of order n: float64 (n, n) and (n). */
export interface ProjectionWork {
  /** Eigenvectors. */
  readonly vectors: Tensor;
  /** Eigenvalues, then what f makes of them. */
  readonly values: Tensor;
}

/**
 * a = Q f(Λ) Qᵀ for symmetric a = Q Λ Qᵀ, in place and in float64, exactly symmetric.
 *
 * A matrix whose eigenvalues f leaves alone keeps its bits. Shapes: a (n, n). Cost: about 10 n³ flops.
 *
 * @throws {NonFiniteError} when an eigenvalue is beyond the range of numbers; `a` is unchanged.
 * @throws {RangeError} when the eigenvalue iteration does not end, which no matrix is known to cause.
 */
export function projectEigenvalues(
  a: Tensor,
  f: (eigenvalue: number) => number,
  { vectors, values }: ProjectionWork,
): void {
  const n = values.size;
  const { syev, syev_work_bytes } = kernels("float64");
  const scratch = workspace(syev_work_bytes(n) >>> 0);
  vectors.data.set(a.data);
  if (syev(n, vectors.pointer, n, values.pointer, scratch) > 0) {
    throw new RangeError(`Cannot project a (${n}, ${n}) matrix: its eigenvalues did not converge`);
  }
  if (firstNonFinite(values) >= 0) throw new NonFiniteError("project a matrix", "an eigenvalue");
  const w = values.data;
  let isProjected = true;
  // In JavaScript: as many numbers as eigenvalues, whose decomposition costs their third power.
  for (let k = 0; k < n; k++) {
    const value = w[k];
    w[k] = f(value);
    isProjected &&= w[k] === value;
  }
  if (isProjected) return;
  kernels(a.dtype).spectral_product(n, vectors.pointer, values.pointer, a.pointer, n);
}

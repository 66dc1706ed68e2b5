// A = V diag(w) Vᵀ for symmetric A.
import { firstNonFinite } from "../ops/vector.ts";
import { NonFiniteError } from "../runtime/errors.ts";
import { kernels } from "../runtime/instance.ts";
import { workspace } from "../runtime/memory.ts";
import { DISPOSE, type Resource, Scope } from "../runtime/scope.ts";
import { checkTensor, Tensor } from "../tensor/tensor.ts";
import { checkSymmetric } from "./_symmetric.ts";

const ACTION = "find the eigenvalues of a matrix";

/** Eigenvalues and eigenvectors of a symmetric matrix; owns both tensors. */
export class Eigendecomposition implements Resource {
  /** The eigenvalues (n), ascending. */
  readonly values: Tensor;
  /** The eigenvectors (n, n): column j belongs to `values.data[j]`, as in NumPy. */
  readonly vectors: Tensor;

  /**
   * Takes over the tensors.
   *
   * @throws {TypeError} when one is not a tensor.
   */
  constructor(values: Tensor, vectors: Tensor) {
    checkTensor("take over an eigendecomposition", "values", values);
    checkTensor("take over an eigendecomposition", "vectors", vectors);
    this.values = values;
    this.vectors = vectors;
  }

  /** Gives the memory of both tensors back; a second call does nothing. */
  dispose(): void {
    this.values.dispose();
    this.vectors.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }
}

/**
 * Finds all eigenvalues and eigenvectors of a symmetric matrix: A = V diag(w) Vᵀ.
 *
 * What `numpy.linalg.eigh` does, with signs that do not depend on the machine: the component of largest
 * magnitude of every eigenvector, the first of equals, is positive.
 *
 * Shapes: a (n, n), symmetric up to rounding, of which the lower triangle counts; it stays as it is.
 * Cost: about 8 n³ flops, in `a`'s dtype. Accuracy: that of a matrix within 10 n u |A| of A, u the
 * unit roundoff: small eigenvalues are exact relative to the largest. Neither overflows nor underflows
 * on the way; an eigenvalue itself may be beyond the largest number, which is an error. Deterministic: the same bits everywhere.
 *
 * @throws {TypeError} when `a` is not a tensor of shape (n, n).
 * @throws {RangeError} when `a` is not symmetric, or the iteration does not end, which no matrix is known to cause.
 * @throws {NonFiniteError} when an element is not finite, or an eigenvalue beyond the range of the dtype.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { eigh, tensor } from "curvature";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * using a = tensor([[2, 1], [1, 2]], { dtype: "float64" });
 * using found = eigh(a);
 * assertAlmostEquals(found.values.data[0], 1);
 * assertAlmostEquals(found.values.data[1], 3);
 * assertAlmostEquals(found.vectors.data[1], Math.SQRT1_2);
 * ```
 */
export function eigh(a: Tensor): Eigendecomposition {
  const n = checkSymmetric(ACTION, a);
  const { syev, syev_work_bytes, transpose_square } = kernels(a.dtype);
  const scope = new Scope();
  try {
    const work = workspace(syev_work_bytes(n) >>> 0);
    const vectors = scope.own(new Tensor(a.dtype, a.shape));
    const values = scope.own(new Tensor(a.dtype, [n]));
    vectors.data.set(a.data);
    const missing = syev(n, vectors.pointer, n, values.pointer, work);
    if (missing > 0) {
      throw new RangeError(
        `Cannot find the eigenvalues of a (${n}, ${n}) matrix: ${missing} did not converge`,
      );
    }
    const beyond = firstNonFinite(values);
    if (beyond >= 0) throw new NonFiniteError(ACTION, `eigenvalue ${beyond}`);
    transpose_square(n, vectors.pointer);
    return new Eigendecomposition(scope.keep(values), scope.keep(vectors));
  } finally {
    scope.dispose();
  }
}

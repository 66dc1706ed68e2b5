// A = L Lᵀ, factored once and applied many times.
import type { DType } from "../runtime/dtype.ts";
import { firstNonFinite } from "../ops/vector.ts";
import { NonFiniteError, NotPositiveDefiniteError } from "../runtime/errors.ts";
import { kernels } from "../runtime/instance.ts";
import { elementBytes, workspace } from "../runtime/memory.ts";
import { DISPOSE, type Resource } from "../runtime/scope.ts";
import { formatShape, sameShape, type Shape } from "../tensor/shape.ts";
import { filled, overlaps } from "../tensor/result.ts";
import { checkTensor, Tensor } from "../tensor/tensor.ts";
import { checkFinite, checkSymmetric } from "./_symmetric.ts";
import { DampedFactor, factorScratch, inverseScratch } from "./damped_factor.ts";

/**
 * The Cholesky factor L of a symmetric positive definite matrix A = L Lᵀ; made by `cholesky()`.
 *
 * It owns n² elements until `dispose()` or the end of its `using` block.
 */
export class CholeskyFactor implements Resource {
  /** Order of A (n). */
  readonly size: number;
  readonly #factor: Tensor;

  /**
   * Takes over a matrix (n, n) whose lower triangle holds L; its strict upper triangle is not read.
   *
   * @throws {TypeError} when it is not a square matrix.
   */
  constructor(factor: Tensor) {
    checkTensor("take over a Cholesky factor", "the factor", factor);
    const [n, columns] = factor.shape;
    if (factor.shape.length !== 2 || n !== columns) {
      throw new TypeError(
        `Cannot take over a Cholesky factor: it has shape ${formatShape(factor.shape)}, not (n, n)`,
      );
    }
    this.size = factor.shape[0];
    this.#factor = factor;
  }

  /**
   * Solves A x = b for one right-hand side or for all columns of a matrix.
   *
   * Shapes: b (n) or (n, k), result the same. Cost: 2 n² k flops. A column's bits do not depend on the
   * others.
   *
   * @param b The right-hand sides, of the dtype of A.
   * @param out Where to write x; may be `b` itself, but not a part of it. Default: a new tensor.
   * @throws {TypeError} when a shape or dtype does not fit, or `out` overlaps what it must not.
   * @throws {NonFiniteError} when an element of b is not finite, or one of x beyond the range of the dtype.
   * @throws {DisposedError} when the factor was disposed.
   * @throws {OutOfMemoryError} when memory refuses to grow.
   */
  solve(b: Tensor, out?: Tensor): Tensor {
    const n = this.size, { dtype } = this.#factor;
    checkRightHandSide(n, dtype, b);
    const { shape } = b;
    if (out !== undefined) {
      this.#checkOut(out, b);
      if (out.dtype !== dtype || !sameShape(out.shape, shape)) {
        throw new TypeError(
          `Cannot solve a ${dtype} system for ${
            formatShape(shape)
          }: out is ${out.dtype} of shape ` +
            formatShape(out.shape),
        );
      }
    }
    factorScratch();
    return this.#written(out, shape, "x", (x) => {
      if (x !== b) x.data.set(b.data);
      new DampedFactor(this.#factor, n).solve(x, shape[1]);
    });
  }

  /**
   * Computes A⁻¹, exactly symmetric.
   *
   * Shapes: result (n, n). Cost: 2/3 n³ flops; prefer `solve()` where the inverse itself is not needed.
   *
   * @param out Where to write it. Default: a new tensor.
   * @throws {TypeError} when `out` has another shape or dtype, or overlaps the factor.
   * @throws {NonFiniteError} when an element of the inverse is beyond the range of the dtype.
   * @throws {DisposedError} when the factor was disposed.
   * @throws {OutOfMemoryError} when memory refuses to grow.
   */
  inverse(out?: Tensor): Tensor {
    const factor = this.#factor, { dtype, shape } = factor;
    if (out !== undefined) this.#checkOut(out);
    if (out && !(out.dtype === dtype && sameShape(out.shape, shape))) {
      throw new TypeError(
        `Cannot write a ${dtype} inverse of shape ${formatShape(shape)} to ${out.dtype} of shape ` +
          formatShape(out.shape),
      );
    }
    inverseScratch(dtype, this.size);
    return this.#written(out, shape, "the inverse", (inverse) => {
      inverse.data.set(factor.data);
      new DampedFactor(inverse, this.size).invert();
    });
  }

  /**
   * The natural logarithm of the determinant of A: 2 Σ ln L_ii, summed in float64.
   *
   * @throws {DisposedError} when the factor was disposed.
   */
  logDeterminant(): number {
    const n = this.size, bytes = elementBytes("float64", n);
    const pivots = workspace(bytes), { dtype, pointer } = this.#factor;
    kernels(dtype).widen(n, 1, pointer, n + 1, pivots, 1);
    const { log, sum_strided } = kernels("float64");
    log(n, pivots, pivots);
    return 2 * sum_strided(n, pivots, 1);
  }

  /** Has a result written to `out` or to a new tensor, and refuses one that is not finite. */
  #written(
    out: Tensor | undefined,
    shape: Shape,
    what: string,
    write: (result: Tensor) => void,
  ): Tensor {
    const checked = (result: Tensor): void => {
      write(result);
      const at = firstNonFinite(result);
      if (at >= 0) throw new NonFiniteError("use a Cholesky factor", `element ${at} of ${what}`);
    };
    if (!out) return filled(new Tensor(this.#factor.dtype, shape), checked);
    checked(out);
    return out;
  }

  #checkOut(out: unknown, b?: Tensor): void {
    checkTensor("write a result", "out", out);
    const isPart = b !== undefined && overlaps(out, b) && out.pointer !== b.pointer;
    if (isPart || overlaps(out, this.#factor)) {
      throw new TypeError("Cannot write a result over what it is made from: out overlaps it");
    }
  }

  /** Gives the memory back; a second call does nothing. */
  dispose(): void {
    this.#factor.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }
}

/**
 * Factors a symmetric positive definite matrix: A = L Lᵀ.
 *
 * What `numpy.linalg.cholesky` and `scipy.linalg.cho_factor` do. To decide whether a matrix is positive
 * definite, or how much damping makes it so, catch the error and read its pivot.
 *
 * Shapes: a (n, n), symmetric up to rounding, of which the lower triangle counts; it stays as it is.
 * Cost: n³/3 flops, in `a`'s dtype. Accuracy: |A - L Lᵀ| ≤ γ |L| |Lᵀ| with γ of n + 1 roundings.
 * Deterministic: the order of additions depends on n alone.
 *
 * @throws {TypeError} when `a` is not a tensor of shape (n, n).
 * @throws {RangeError} when `a` is not symmetric.
 * @throws {NonFiniteError} when an element is not finite.
 * @throws {NotPositiveDefiniteError} when a pivot is not positive; it has the index.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { cholesky } from "curvature/linalg";
 * import { assertEquals } from "@std/assert";
 *
 * using a = tensor([[4, 2], [2, 5]], { dtype: "float64" });
 * using factor = cholesky(a);
 * using b = tensor([8, 8], { dtype: "float64" });
 * using x = factor.solve(b);
 * assertEquals(x.toArray(), [1.5, 1]);
 * using inverse = factor.inverse();
 * assertEquals(inverse.toArray(), [[0.3125, -0.125], [-0.125, 0.25]]);
 * ```
 */
export function cholesky(a: Tensor): CholeskyFactor {
  const n = checkSymmetric("factor a matrix by Cholesky", a);
  factorScratch();
  const factor = new Tensor(a.dtype, a.shape);
  const pivot = new DampedFactor(factor, n).factor(a);
  if (pivot >= 0) {
    factor.dispose();
    throw new NotPositiveDefiniteError(`factor a (${n}, ${n}) matrix by Cholesky`, pivot);
  }
  return new CholeskyFactor(factor);
}

/**
 * Solves A x = b for a symmetric positive definite matrix.
 *
 * The same as `cholesky(a).solve(b)` for a factor that is not needed again.
 *
 * Shapes: a (n, n); b (n) or (n, k), result the same. Cost: n³/3 + 2 n² k flops.
 *
 * @throws {TypeError} when a shape or dtype does not fit.
 * @throws {RangeError} when `a` is not symmetric.
 * @throws {NonFiniteError} when an element is not finite, or one of the result beyond the range of the dtype.
 * @throws {NotPositiveDefiniteError} when a pivot is not positive; it has the index.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { choleskySolve, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using a = tensor([[4, 2], [2, 5]]);
 * using b = tensor([[8, 4], [8, 2]]);
 * using x = choleskySolve(a, b);
 * assertEquals(x.toArray(), [[1.5, 1], [1, 0]]);
 * ```
 */
export function choleskySolve(a: Tensor, b: Tensor): Tensor {
  checkTensor("factor a matrix by Cholesky", "a", a);
  checkRightHandSide(a.shape[0], a.dtype, b);
  const factor = cholesky(a);
  try {
    return factor.solve(b);
  } finally {
    factor.dispose();
  }
}

/** Refuses what is not one or more right-hand sides of a system of order n. */
function checkRightHandSide(n: number, dtype: DType, b: unknown): asserts b is Tensor {
  checkFinite("solve by a Cholesky factor", b, "b");
  const { shape } = b;
  if (shape.length < 1 || shape.length > 2 || shape[0] !== n) {
    throw new TypeError(
      `Cannot solve a system of order ${n}: b has shape ${
        formatShape(shape)
      }, not (${n}) or (${n}, k)`,
    );
  }
  if (b.dtype !== dtype) {
    throw new TypeError(`Cannot solve a ${dtype} system: b is ${b.dtype}`);
  }
}

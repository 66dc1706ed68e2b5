// The Kronecker product of two symmetric factors, the shape of a layer's curvature.
//
//   G  (O, O)   factor of the outputs       A  (D, D)   factor of the inputs
//   V  (O, D)   a vector of O D elements, row-major as a layer's W
//
// (G ⊗ A) v is G V Aᵀ, so that products, powers, trace and determinant are those of the factors.
import { checkBoolean, checkNumber, checkOptions } from "../../runtime/arguments.ts";
import { gemm } from "../../ops/gemm.ts";
import { matrix } from "../../ops/matrix.ts";
import { Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { checkFinite, preciseSymmetric } from "../_symmetric.ts";
import { squareOrder } from "../_vectors.ts";
import { cholesky } from "../cholesky.ts";
import { dampedInverse } from "../damped_inverse.ts";
import { LinearOperator, type OperatorProperties, PROPERTY_NAMES } from "../operator.ts";
import { symmetricPower } from "../symmetric_power.ts";
import { trace } from "../trace.ts";
import { KroneckerResolvent } from "./kronecker_resolvent.ts";

function logDeterminant(a: Tensor): number {
  const scope = new Scope();
  try {
    const precise = scope.own(preciseSymmetric("find a determinant", a));
    return scope.own(cholesky(precise)).logDeterminant();
  } finally {
    scope.dispose();
  }
}

/** The inverse in float64, rounded to the dtype of `a`. */
function inverseFactor(a: Tensor): Tensor {
  const scope = new Scope();
  try {
    const work = scope.own(new Tensor("float64", a.shape));
    const inverse = scope.own(new Tensor(a.dtype, a.shape));
    dampedInverse(a, 0, inverse, work);
    checkFinite("invert a Kronecker product", inverse, "the inverse of a factor");
    return scope.keep(inverse);
  } finally {
    scope.dispose();
  }
}

/** G ⊗ A, made by `kronecker()`. */
export class KroneckerOperator extends LinearOperator {
  /** G (O, O), live. */
  readonly left: Tensor;
  /** A (D, D), live. */
  readonly right: Tensor;
  readonly #between: Tensor;
  readonly #isOwner: boolean;

  /**
   * Looks at both factors, or takes them over.
   *
   * @throws {TypeError} when an argument has the wrong type, or a factor is not a square matrix.
   * @throws {DisposedError} when a factor was disposed.
   * @throws {OutOfMemoryError} when memory refuses to grow.
   */
  constructor(left: Tensor, right: Tensor, properties: OperatorProperties, isOwner = false) {
    const action = "make a Kronecker product";
    checkOptions(action, properties, PROPERTY_NAMES);
    checkBoolean(action, "isOwner", isOwner);
    const shape = [
      squareOrder(action, left, "the left factor"),
      squareOrder(action, right, "the right factor"),
    ];
    if (left.dtype !== right.dtype) {
      throw new TypeError(
        `Cannot ${action} of ${left.dtype} and ${right.dtype}: the dtypes differ`,
      );
    }
    super({ ...properties, size: shape[0] * shape[1], dtype: left.dtype });
    this.left = left;
    this.right = right;
    this.#isOwner = isOwner;
    this.#between = new Tensor(left.dtype, shape);
  }

  /**
   * G⁻¹ ⊗ A⁻¹, with factors of its own, computed in float64. Cost: O³ + D³ flops.
   *
   * @throws {NotPositiveDefiniteError} when a factor is not positive definite.
   * @throws {NonFiniteError} when an element of the inverse is beyond the range of the dtype.
   */
  inverse(): KroneckerOperator {
    return this.#map(inverseFactor);
  }

  /**
   * G^exponent ⊗ A^exponent, with factors of its own, by eigendecomposition in float64.
   *
   * An eigenvalue that is negative by rounding counts as zero.
   *
   * @throws {TypeError} when the exponent is not a number.
   * @throws {RangeError} when it is not finite, a factor is not symmetric, or an eigenvalue has no such power.
   * @throws {NonFiniteError} when an element of the power is beyond the range of the dtype.
   */
  power(exponent: number): KroneckerOperator {
    checkNumber("raise a Kronecker product to a power", "the exponent", exponent);
    return this.#map((factor) => symmetricPower(factor, exponent));
  }

  /**
   * (G ⊗ A + damping I)⁻¹, exactly: not the split of the damping between the factors that K-FAC makes.
   *
   * Its products cost twice those of the operator itself. Dispose it after use.
   *
   * @throws {TypeError} when the damping is not a number.
   * @throws {RangeError} when it is not finite, a factor is not symmetric, or the damped product not positive definite.
   */
  dampedInverse(damping: number): LinearOperator {
    checkNumber("invert a damped Kronecker product", "the damping", damping);
    return new KroneckerResolvent(this.left, this.right, damping);
  }

  /** The trace: tr G tr A, in float64. */
  trace(): number {
    return trace(this.left) * trace(this.right);
  }

  /**
   * The logarithm of the determinant: D ln det G + O ln det A, in float64.
   *
   * @throws {NotPositiveDefiniteError} when a factor is not positive definite.
   */
  logDeterminant(): number {
    const { left, right } = this;
    return right.shape[0] * logDeterminant(left) + left.shape[0] * logDeterminant(right);
  }

  /** Gives back the memory that the operator planned, and factors that it made itself. */
  override dispose(): void {
    this.#between.dispose();
    if (!this.#isOwner) return;
    this.left.dispose();
    this.right.dispose();
  }

  /** out = G V Aᵀ, or its transpose Gᵀ V A. */
  protected override multiply(v: Tensor, out: Tensor, isTransposed: boolean): void {
    const { left, right } = this, between = this.#between, { shape } = between;
    const a = matrix(right), g = matrix(left);
    gemm(matrix(v.view(shape)), isTransposed ? a : a.T, between);
    gemm(isTransposed ? g.T : g, matrix(between), out.view(shape));
  }

  #map(change: (factor: Tensor) => Tensor): KroneckerOperator {
    const { isSymmetric, isPositiveSemidefinite } = this;
    const scope = new Scope();
    try {
      const left = scope.own(change(this.left)), right = scope.own(change(this.right));
      const mapped = new KroneckerOperator(
        left,
        right,
        { isSymmetric, isPositiveSemidefinite },
        true,
      );
      scope.keep(left);
      scope.keep(right);
      return mapped;
    } finally {
      scope.dispose();
    }
  }
}

/**
 * Makes the Kronecker product G ⊗ A of two symmetric matrices, which it looks at and does not copy.
 *
 * Shapes: g (O, O), a (D, D); vectors of O D elements, the rows of an (O, D) matrix one after the other.
 * Cost of a product: 2 O D (O + D) flops; it plans O D elements.
 *
 * @param properties What is known of the product; it is not verified. By default it is symmetric, as
 * curvature is.
 * @throws {TypeError} when a factor is not a square matrix, or the dtypes differ.
 *
 * @example
 * ```ts
 * import { kronecker, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using g = tensor([[1, 0], [0, 2]]);
 * using a = tensor([[2, 1], [1, 2]]);
 * using v = tensor([[1, 0], [0, 1]]);
 * using op = kronecker(g, a);
 * using product = op.apply(v);
 * assertEquals(product.toArray(), [[2, 1], [2, 4]]);
 * assertEquals(op.trace(), 12);
 * ```
 */
export function kronecker(
  g: Tensor,
  a: Tensor,
  properties: OperatorProperties = { isSymmetric: true },
): KroneckerOperator {
  return new KroneckerOperator(g, a, properties);
}

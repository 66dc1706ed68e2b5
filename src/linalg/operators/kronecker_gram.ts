// G ⊗ scale RᵀR, the Kronecker product whose right factor is known by a few rows and never formed:
//
//   G  (O, O)   symmetric factor of the outputs      R  (k, D)   rows of inputs, or their mean alone
//   V  (O, D)   a vector of O D elements, row-major as a layer's W
//
// Its product is scale (G (V Rᵀ)) R.
import { checkNumber, checkOptions } from "../../runtime/arguments.ts";
import { kernels } from "../../runtime/instance.ts";
import { gemm } from "../../ops/gemm.ts";
import { Matrix, matrix } from "../../ops/matrix.ts";
import { matvec, symv } from "../../ops/matvec.ts";
import { fill } from "../../ops/vector.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { squareOrder } from "../_vectors.ts";
import { LinearOperator, type OperatorProperties, PROPERTY_NAMES } from "../operator.ts";

/** G ⊗ scale RᵀR, made by `kroneckerGram()`. */
export class KroneckerGramOperator extends LinearOperator {
  /** G (O, O), live. */
  readonly left: Tensor;
  /** R (k, D), live. */
  readonly rightRows: Matrix;
  /** Factor of the product. */
  readonly factor: number;
  readonly #projected: Tensor;
  readonly #weighted: Tensor;

  /**
   * Looks at both.
   *
   * @throws {TypeError} when an argument has the wrong type, G is not square, or R is transposed.
   * @throws {RangeError} when the factor is not finite.
   * @throws {OutOfMemoryError} when memory refuses to grow.
   */
  constructor(left: Tensor, rows: Matrix, factor: number, properties: OperatorProperties) {
    const action = "make a Kronecker product with a Gram matrix";
    checkOptions(action, properties, PROPERTY_NAMES);
    const order = squareOrder(action, left, "the left factor");
    if (!(rows instanceof Matrix) || rows.isTransposed) {
      throw new TypeError(`Cannot ${action}: the rows must be a matrix that is not transposed`);
    }
    checkNumber(action, "the factor", factor);
    if (left.dtype !== rows.tensor.dtype) {
      throw new TypeError(
        `Cannot ${action} of ${left.dtype} and ${rows.tensor.dtype}: the dtypes differ`,
      );
    }
    super({ isSymmetric: true, ...properties, size: order * rows.columns, dtype: left.dtype });
    this.left = left;
    this.rightRows = rows;
    this.factor = factor;
    this.#projected = new Tensor(left.dtype, [order, rows.rows]);
    try {
      this.#weighted = new Tensor(left.dtype, [order, rows.rows]);
    } catch (error) {
      this.#projected.dispose();
      throw error;
    }
  }

  /** Gives back the memory that the operator planned. */
  override dispose(): void {
    this.#projected.dispose();
    this.#weighted.dispose();
  }

  /** out = factor G V RᵀR. */
  protected override multiply(v: Tensor, out: Tensor): void {
    const { left, rightRows: rows, factor } = this, m = left.shape[0], d = rows.columns;
    const [projected, weighted] = [this.#projected, this.#weighted];
    if (rows.rows === 1 && !rows.hasOnes && !rows.patches) {
      const only = rows.tensor.view([d]);
      matvec(matrix(v.view([m, d])), only, projected, { alpha: factor });
      symv(left, projected, weighted);
      kernels(v.dtype).ger(m, d, 1, weighted.pointer, only.pointer, fill(out, 0).pointer, d);
      return;
    }
    gemm(matrix(v.view([m, d])), rows.T, projected);
    gemm(matrix(left), matrix(projected), weighted);
    gemm(matrix(weighted), rows, out.view([m, d]), { alpha: factor });
  }
}

/**
 * Makes the Kronecker product G ⊗ factor RᵀR, which looks at G and R and forms neither RᵀR nor the product.
 *
 * For the second moment of B rows of inputs give them with the factor 1/B: it takes memory of O B elements
 * instead of D². A single row gives a right factor of rank one, that of EA-CG.
 *
 * Shapes: g (O, O), symmetric; rows (k, D), by `matrix()`, or `homogeneous()` with a column of ones; vectors of
 * O D elements. Cost of a product: 4 O D k + 2 O² k flops.
 *
 * @param properties What is known of the product; it is not verified. By default it is symmetric.
 * @throws {TypeError} when g is not a square matrix, the rows are not a matrix, or the dtypes differ.
 * @throws {RangeError} when the factor is not finite.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { matrix } from "curvature/linalg";
 * import { kroneckerGram } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using g = tensor([[1, 0], [0, 2]]);
 * using mean = tensor([[1, 3]]);
 * using v = tensor([[1, 0], [0, 1]]);
 * using op = kroneckerGram(g, matrix(mean));
 * using product = op.apply(v);
 * assertEquals(product.toArray(), [[1, 3], [6, 18]]);
 * ```
 */
export function kroneckerGram(
  g: Tensor,
  rows: Matrix,
  factor = 1,
  properties: OperatorProperties = {},
): KroneckerGramOperator {
  return new KroneckerGramOperator(g, rows, factor, properties);
}

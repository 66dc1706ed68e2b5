// The currency between curvature, which makes operators, and solvers, which consume them.
//
//   A   an operator of order n: a square matrix known by its products alone
//   v   a vector: any tensor of n elements, of the operator's dtype
import { columnOf, copyEvery } from "../ops/strided.ts";
import {
  checkBoolean,
  checkNamed,
  checkNumber,
  checkObject,
  checkWhole,
  describe,
  type Names,
  namesOf,
} from "../runtime/arguments.ts";
import { checkDType, type DType } from "../runtime/dtype.ts";
import { DISPOSE, type Resource, Scope } from "../runtime/scope.ts";
import { axpby, fill } from "../ops/vector.ts";
import { MAXIMUM_ELEMENTS } from "../tensor/shape.ts";
import { checkTensor, Tensor } from "../tensor/tensor.ts";
import { overlaps } from "../tensor/result.ts";
import { checkVector } from "./_vectors.ts";

/** What an operator declares of itself; nothing is guessed and nothing is verified. */
export interface OperatorProperties {
  /** A equals its transpose. @default false */
  readonly isSymmetric?: boolean;
  /** A is symmetric and vᵀA v is never negative. @default false */
  readonly isPositiveSemidefinite?: boolean;
}

/** Their names. */
export const PROPERTY_NAMES: Names<OperatorProperties> = namesOf<OperatorProperties>({
  isSymmetric: true,
  isPositiveSemidefinite: true,
});

/** Order, dtype and declarations of an operator. */
export interface OperatorDescription extends OperatorProperties {
  /** Order n. */
  readonly size: number;
  /** Element type of the vectors. */
  readonly dtype: DType;
}

/** Its names. */
export const DESCRIPTION_NAMES: Names<OperatorDescription> = namesOf<
  OperatorDescription,
  OperatorProperties
>({
  size: true,
  dtype: true,
}, PROPERTY_NAMES);

/** A matrix (rows, columns) known by products with it and its transpose: what least squares need. */
export interface LinearMap {
  /** Elements of a product. */
  readonly rows: number;
  /** Elements of a vector to multiply. */
  readonly columns: number;
  /** Element type of both. */
  readonly dtype: DType;
  /** out = A v. */
  apply(v: Tensor, out: Tensor): Tensor;
  /** out = Aᵀ u. */
  applyTranspose(u: Tensor, out: Tensor): Tensor;
}

let hasProduct: (value: object) => boolean;

/**
 * A square matrix that is known by its products.
 *
 * An operator plans what it needs when it is made and owns it until `dispose()`; the tensors and
 * operators that it was made from stay the caller's, and must live as long. Products into `out` allocate
 * nothing. To make one from a function, see `linearOperator()`.
 */
export abstract class LinearOperator implements LinearMap, Resource {
  /** Order n. */
  readonly size: number;
  /** Element type of the vectors. */
  readonly dtype: DType;
  /** A declares to equal its transpose. */
  readonly isSymmetric: boolean;
  /** A declares to be symmetric and never to give a negative vᵀA v. */
  readonly isPositiveSemidefinite: boolean;

  static {
    hasProduct = (value) => #product in value;
  }

  /**
   * Takes the declarations; one of positive semidefiniteness is one of symmetry.
   *
   * @throws {TypeError} when one has the wrong type.
   * @throws {RangeError} when the order is negative, fractional or too large.
   */
  constructor(description: OperatorDescription) {
    const action = "make an operator";
    checkObject(action, "the description", description);
    const isOperator = hasProduct(description); // which describes itself and has more
    if (!isOperator) checkNamed(action, "the description", description, DESCRIPTION_NAMES);
    const { size, dtype, isSymmetric = false, isPositiveSemidefinite = false } = description;
    checkWhole(action, "the order", size, 0, MAXIMUM_ELEMENTS);
    checkDType(action, dtype);
    checkBoolean(action, "isSymmetric", isSymmetric);
    checkBoolean(action, "isPositiveSemidefinite", isPositiveSemidefinite);
    this.size = size;
    this.dtype = dtype;
    this.isPositiveSemidefinite = isPositiveSemidefinite;
    this.isSymmetric = isPositiveSemidefinite || isSymmetric;
  }

  /** The order, as a map of vectors has it. */
  get rows(): number {
    return this.size;
  }

  /** The order, as a map of vectors has it. */
  get columns(): number {
    return this.size;
  }

  /**
   * Multiplies a vector: A v.
   *
   * @param v A tensor of n elements, in any shape.
   * @param out Where to write the product; not `v` itself. Default: a new tensor of v's shape.
   * @throws {TypeError} when a size or dtype does not fit, or `out` overlaps `v`.
   */
  apply(v: Tensor, out?: Tensor): Tensor {
    return this.#product(v, out, false);
  }

  /**
   * Multiplies a vector by the transpose: Aᵀ v.
   *
   * @param v A tensor of n elements, in any shape.
   * @param out Where to write the product; not `v` itself. Default: a new tensor of v's shape.
   * @throws {TypeError} when a size or dtype does not fit, or the operator has no transpose.
   */
  applyTranspose(v: Tensor, out?: Tensor): Tensor {
    return this.#product(v, out, !this.isSymmetric);
  }

  /**
   * Writes the matrix out, one product for each column.
   *
   * Shapes: result (n, n). Cost: n products.
   *
   * @param out Where to write it. Default: a new tensor.
   * @throws {TypeError} when `out` has another size or dtype.
   */
  toDense(out?: Tensor): Tensor {
    const { size: n, dtype } = this;
    if (out !== undefined) checkTensor("write an operator out", "out", out);
    if (out && (out.size !== n * n || out.dtype !== dtype)) {
      throw new TypeError(
        `Cannot write a ${dtype} operator of order ${n} to a ${out.dtype} tensor of ${out.size} elements`,
      );
    }
    const scope = new Scope();
    try {
      const unit = scope.own(new Tensor(dtype, [n])), column = scope.own(new Tensor(dtype, [n]));
      const matrix = out ?? scope.own(new Tensor(dtype, [n, n]));
      fill(unit, 0);
      // In JavaScript: one element of a unit vector for each product.
      for (let j = 0; j < n; j++) {
        unit.data[j] = 1;
        this.apply(unit, column);
        unit.data[j] = 0;
        copyEvery(column, { first: 0, step: 1, count: n }, matrix, columnOf(n, n, j));
      }
      return scope.keep(matrix);
    } finally {
      scope.dispose();
    }
  }

  /**
   * A + lambda I.
   *
   * @throws {TypeError} when `lambda` is not a number.
   * @throws {RangeError} when it is not finite.
   */
  add(lambda: number): LinearOperator {
    checkNumber("add a multiple of the identity", "lambda", lambda);
    return new AffineOperator(this, 1, lambda);
  }

  /**
   * factor A.
   *
   * @throws {TypeError} when `factor` is not a number.
   * @throws {RangeError} when it is not finite.
   */
  scale(factor: number): LinearOperator {
    checkNumber("scale an operator", "the factor", factor);
    return new AffineOperator(this, factor, 0);
  }

  /** Gives back the memory that the operator planned, not what it was made from. */
  dispose(): void {}

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }

  /** out = A v, or Aᵀ v of an operator that is not symmetric; sizes fit and `out` is apart from `v`. */
  protected abstract multiply(v: Tensor, out: Tensor, isTransposed: boolean): void;

  #product(v: Tensor, out: Tensor | undefined, isTransposed: boolean): Tensor {
    checkVector("apply an operator", this, v, "v");
    if (out !== undefined) {
      checkVector("apply an operator", this, out, "out");
      if (overlaps(v, out)) {
        throw new TypeError("Cannot apply an operator: out must not overlap the vector");
      }
    }
    const product = out ?? new Tensor(v.dtype, v.shape);
    try {
      this.multiply(v, product, isTransposed);
      return product;
    } catch (error) {
      if (!out) product.dispose();
      throw error;
    }
  }
}

/** Refuses what is not an operator. */
export function checkLinearOperator(
  action: string,
  what: string,
  value: unknown,
): asserts value is LinearOperator {
  if (typeof value === "object" && value !== null && hasProduct(value)) return;
  throw new TypeError(
    `Cannot ${action}: ${what} must be a LinearOperator, as denseOperator() makes of a tensor, not ${
      describe(value)
    }`,
  );
}

/** factor A + shift I. It stands here because every operator can make one of itself. */
class AffineOperator extends LinearOperator {
  readonly #base: LinearOperator;
  readonly #factor: number;
  readonly #shift: number;

  constructor(base: LinearOperator, factor: number, shift: number) {
    super({
      size: base.size,
      dtype: base.dtype,
      isSymmetric: base.isSymmetric,
      isPositiveSemidefinite: base.isPositiveSemidefinite && factor >= 0 && shift >= 0,
    });
    this.#base = base;
    this.#factor = factor;
    this.#shift = shift;
  }

  override add(lambda: number): LinearOperator {
    checkNumber("add a multiple of the identity", "lambda", lambda);
    return new AffineOperator(this.#base, this.#factor, this.#shift + lambda);
  }

  override scale(factor: number): LinearOperator {
    checkNumber("scale an operator", "the factor", factor);
    return new AffineOperator(this.#base, factor * this.#factor, factor * this.#shift);
  }

  protected override multiply(v: Tensor, out: Tensor, isTransposed: boolean): void {
    if (isTransposed) this.#base.applyTranspose(v, out);
    else this.#base.apply(v, out);
    if (this.#shift !== 0 || this.#factor !== 1) axpby(this.#shift, v, this.#factor, out);
  }
}

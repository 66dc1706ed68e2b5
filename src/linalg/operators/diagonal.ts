import { checkBoolean, checkNumber, checkOptions } from "../../runtime/arguments.ts";
import { kernels } from "../../runtime/instance.ts";
import { filled } from "../../tensor/result.ts";
import { checkTensor, Tensor } from "../../tensor/tensor.ts";
import {
  LinearOperator,
  type OperatorDescription,
  type OperatorProperties,
  PROPERTY_NAMES,
} from "../operator.ts";
import { powersInPlace } from "../_powers.ts";
import { checkFinite } from "../_symmetric.ts";

/** diag(d), made by `diagonal()`. */
export class DiagonalOperator extends LinearOperator {
  /** The diagonal d (n), live. */
  readonly entries: Tensor;
  readonly #isOwner: boolean;

  /**
   * Looks at `entries`, or takes them over.
   *
   * @throws {TypeError} when an argument has the wrong type.
   * @throws {DisposedError} when the tensor was disposed.
   */
  constructor(entries: Tensor, properties: OperatorProperties, isOwner = false) {
    super(describeDiagonal(entries, properties, isOwner));
    this.entries = entries;
    this.#isOwner = isOwner;
  }

  /**
   * diag(1 / d), with a diagonal of its own.
   *
   * @throws {RangeError} when an element is zero.
   * @throws {NonFiniteError} when one of the inverse is beyond the range of the dtype.
   */
  inverse(): DiagonalOperator {
    return this.power(-1);
  }

  /**
   * diag(d^exponent), with a diagonal of its own. Hessian-free optimization preconditions with the power
   * 3/4 of a diagonal.
   *
   * @throws {TypeError} when the exponent is not a number.
   * @throws {RangeError} when the exponent is not finite, or an element is zero or negative and has no such power.
   * @throws {NonFiniteError} when an element of the power is beyond the range of the dtype.
   */
  power(exponent: number): DiagonalOperator {
    checkNumber("raise a diagonal to a power", "the exponent", exponent);
    const precise = new Tensor("float64", [this.size]);
    try {
      precise.data.set(this.entries.data);
      powersInPlace("raise a diagonal to a power", precise, exponent, 0);
      const entries = filled(new Tensor(this.dtype, [this.size]), (entries) => {
        entries.data.set(precise.data);
        checkFinite("raise a diagonal to a power", entries, "the power");
      });
      const { isPositiveSemidefinite } = this;
      return new DiagonalOperator(entries, { isPositiveSemidefinite }, true);
    } finally {
      precise.dispose();
    }
  }

  /** Gives back a diagonal that the operator made itself. */
  override dispose(): void {
    if (this.#isOwner) this.entries.dispose();
  }

  /** out_i = d_i v_i. */
  protected override multiply(v: Tensor, out: Tensor): void {
    kernels(this.dtype).multiply(this.size, this.entries.pointer, v.pointer, out.pointer);
  }
}

/**
 * Makes the operator diag(d) of a tensor, which it looks at and does not copy.
 *
 * Shapes: d (n). Cost of a product: n flops.
 *
 * @param properties Whether the diagonal is known to have no negative element; it is not verified.
 * @throws {TypeError} when `d` is not a tensor.
 *
 * @example
 * ```ts
 * import { diagonal, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor([2, 4]);
 * using v = tensor([1, 1]);
 * using product = diagonal(d).inverse().apply(v);
 * assertEquals(product.toArray(), [0.5, 0.25]);
 * ```
 */
export function diagonal(d: Tensor, properties: OperatorProperties = {}): DiagonalOperator {
  return new DiagonalOperator(d, properties);
}

function describeDiagonal(
  entries: unknown,
  properties: unknown,
  isOwner: unknown,
): OperatorDescription {
  const action = "make a diagonal operator";
  checkTensor(action, "the diagonal", entries);
  checkOptions(action, properties, PROPERTY_NAMES);
  checkBoolean(action, "isOwner", isOwner);
  const { isSymmetric = true, isPositiveSemidefinite = false } = properties as OperatorProperties;
  checkBoolean(action, "isSymmetric", isSymmetric);
  return { isSymmetric: true, isPositiveSemidefinite, size: entries.size, dtype: entries.dtype };
}

import type { Matrix } from "../../ops/matrix.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** An approximation H of the inverse of a symmetric positive definite factor, kept up to date by pairs. */
export interface InverseFactor {
  /** Order of the factor (n). */
  readonly size: number;
  /** out = H y for a vector y (n). */
  multiply(y: Tensor, out: Tensor): Tensor;
  /** out = H V for a matrix V (n, k). */
  multiplyMatrix(v: Matrix, out: Tensor): Tensor;
  /** Takes in a pair with sᵀy > 0, so that H y = s; false when the update would not be sound. */
  update(s: Tensor, y: Tensor): boolean;
}

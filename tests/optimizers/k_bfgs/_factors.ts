import { type DType, Tensor, tensor, zeros } from "../../../mod.ts";
import { CompactInverse } from "../../../src/optimizers/k_bfgs/compact_inverse.ts";
import { DenseInverse } from "../../../src/optimizers/k_bfgs/dense_inverse.ts";
import type { InverseFactor } from "../../../src/optimizers/k_bfgs/inverse_factor.ts";
import type { Rows } from "../../oracles/matrices.ts";

/** A dense inverse that begins with H. */
export function denseInverse(h: Rows, dtype: DType = "float64"): DenseInverse {
  return new DenseInverse(tensor(h, { dtype }), new Tensor(dtype, [h.length]));
}

/** A compact inverse of order n for the last p pairs. */
export function compactInverse(n: number, p: number, dtype: DType = "float64"): CompactInverse {
  return new CompactInverse({
    pairs: zeros([2 * p, n], { dtype }),
    inverseR: zeros([p, p], { dtype: "float64" }),
    gramY: zeros([p, p], { dtype: "float64" }),
    products: zeros([p], { dtype: "float64" }),
    kernel: zeros([2 * p, 2 * p], { dtype }),
    workspace: zeros([4 * p * n], { dtype }),
  });
}

/** A vector. */
export function vector(values: ArrayLike<number>, dtype: DType = "float64"): Tensor {
  return tensor([...Array.from(values)], { dtype });
}

/** H y as numbers. */
export function product(
  factor: InverseFactor,
  y: ArrayLike<number>,
  dtype: DType = "float64",
): number[] {
  const out = new Tensor(dtype, [factor.size]);
  return [...factor.multiply(vector(y, dtype), out).data];
}

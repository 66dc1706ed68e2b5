import { scaleColumns } from "../ops/row_products.ts";
import { gram } from "../ops/gemm.ts";
import { matrix } from "../ops/matrix.ts";
import { cast } from "../tensor/create.ts";
import { Tensor } from "../tensor/tensor.ts";
import { eigh } from "./eigh.ts";

/**
 * out = A^(-1/4) of a symmetric matrix, eigenvalues below `floor` raised to it; in float64 whatever the dtype.
 *
 * With A = V diag(w) Vᵀ it is B Bᵀ for B = V diag(w^(-1/8)), so it is exactly symmetric. The power is a root of a root
 * of a root, which has the same bits everywhere.
 *
 * Shapes: a and out (n, n). Cost: about 10 n³ flops.
 *
 * @throws {RangeError} when `a` is not symmetric.
 * @throws {NonFiniteError} when an element is not finite.
 */
export function inverseFourthRoot(a: Tensor, floor: number, out: Tensor): Tensor {
  const [n] = a.shape;
  using precise = cast(a, "float64");
  using found = eigh(precise);
  const { vectors, values } = found, w = values.data;
  // In JavaScript: as many numbers as eigenvalues, beside products of n³.
  for (let j = 0; j < n; j++) w[j] = 1 / Math.sqrt(Math.sqrt(Math.sqrt(Math.max(w[j], floor))));
  scaleColumns(vectors, values, vectors);
  using root = new Tensor("float64", a.shape);
  out.data.set(gram(matrix(found.vectors).T, root).data);
  return out;
}

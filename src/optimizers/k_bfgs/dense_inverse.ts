// The dense inverse-BFGS factor.
//
//   q = H y,  rho = 1 / sᵀy,  c = rho (1 + rho yᵀq)
//   H+ = (I - rho s yᵀ) H (I - rho y sᵀ) + rho s sᵀ = H + c s sᵀ - rho (s qᵀ + q sᵀ)
//
// One pass over H. The kernel evaluates an expression that is the same bits for (i, j) and (j, i), so H
// stays exactly symmetric.
import { gemm } from "../../ops/gemm.ts";
import { symv } from "../../ops/matvec.ts";
import { type Matrix, matrix } from "../../ops/matrix.ts";
import { dot } from "../../ops/vector.ts";
import { kernels } from "../../runtime/instance.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { InverseFactor } from "./inverse_factor.ts";

/** H (n, n) held in full. */
export class DenseInverse implements InverseFactor {
  /** H (n, n). */
  readonly matrix: Tensor;
  readonly #q: Tensor;

  /** Works on H in `matrix` (n, n), with `workspace` (n) for H y. */
  constructor(matrix: Tensor, workspace: Tensor) {
    this.matrix = matrix;
    this.#q = workspace;
  }

  /** Order of the factor. */
  get size(): number {
    return this.matrix.shape[0];
  }

  /** out = H y. */
  multiply(y: Tensor, out: Tensor): Tensor {
    return symv(this.matrix, y, out);
  }

  /** out = H V. */
  multiplyMatrix(v: Matrix, out: Tensor): Tensor {
    return gemm(matrix(this.matrix), v, out);
  }

  /** Takes in a pair; refuses one after which the diagonal would not be positive and finite. */
  update(s: Tensor, y: Tensor): boolean {
    const q = this.multiply(y, this.#q);
    const rho = 1 / dot(s, y);
    const c = rho * (1 + rho * dot(y, q));
    if (!(rho > 0) || !this.#staysPositive(rho, c, s, q)) return false;
    const n = this.size;
    kernels(s.dtype).inverse_bfgs_update(
      n,
      rho,
      c,
      s.pointer,
      q.pointer,
      this.matrix.pointer,
      n,
    );
    return true;
  }

  /** Whether every element of H+ would be finite, and its diagonal positive. */
  #staysPositive(rho: number, c: number, s: Tensor, q: Tensor): boolean {
    const n = this.size, given = [s.pointer, q.pointer, this.matrix.pointer, n] as const;
    return kernels(s.dtype).inverse_bfgs_stays_positive(n, rho, c, ...given) === 1;
  }
}

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

  /**
   * The largest entry of a positive definite matrix is on its diagonal, so that alone is computed, rounded
   * as the kernel does; the products that it forms elsewhere are bounded.
   */
  #staysPositive(rho: number, c: number, s: Tensor, q: Tensor): boolean {
    const round = s.dtype === "float32" ? Math.fround : (x: number): number => x;
    const [h, a, b, n] = [this.matrix.data, s.data, q.data, this.size];
    const [r, half] = [round(rho), round(round(c) * 0.5)];
    let [longest, widest] = [0, 0];
    for (let i = 0; i < n; i++) {
      const w = round(round(half * a[i]) - round(r * b[i]));
      const after = round(h[i * (n + 1)] + round(2 * round(a[i] * w)));
      if (!(after > 0 && after < Infinity)) return false;
      longest = Math.max(longest, Math.abs(a[i]));
      widest = Math.max(widest, Math.abs(w));
    }
    return round(2 * longest * widest) < Infinity;
  }
}

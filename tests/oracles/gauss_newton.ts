// The Gauss-Newton matrix the plain way: one sample, one pair of outputs, one pair of weights at a time.
import type { LossOracle } from "./loss_derivatives.ts";
import type { Rows } from "./matrices.ts";
import { jacobian, type Mlp, outputOf } from "./mlp.ts";

/** What one sample adds: J (K, P) and H (K, K). */
export interface SampleTerms {
  readonly jacobian: Rows;
  readonly hessian: Rows;
}

/** J and H of every sample. */
export function sampleTerms(
  net: Mlp,
  loss: LossOracle,
  weights: readonly Rows[],
  x: Rows,
  y: Rows,
): SampleTerms[] {
  return x.map((row, n) => {
    const z = outputOf(net, weights, row);
    const units = z.map((_, k) => z.map((_, i) => i === k ? 1 : 0));
    return {
      jacobian: jacobian(net, weights, row),
      hessian: units.map((unit) => loss.hessianProduct(z, y[n], unit)),
    };
  });
}

/** (1/B) Σ_n ω_n J_nᵀ H_n J_n. */
export function gaussNewtonRows(
  terms: readonly SampleTerms[],
  sampleWeights: readonly number[] = terms.map(() => 1),
): Rows {
  const size = terms[0].jacobian[0].length;
  const total = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const [n, { jacobian: j, hessian }] of terms.entries()) {
    for (const [a, row] of hessian.entries()) {
      for (const [b, h] of row.entries()) {
        const factor = h * sampleWeights[n] / terms.length;
        for (let p = 0; p < size; p++) {
          for (let q = 0; q < size; q++) total[p][q] += factor * j[a][p] * j[b][q];
        }
      }
    }
  }
  return total;
}

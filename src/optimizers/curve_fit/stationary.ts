// When small steps mean that a fit has converged. A step may be small because λ is large, or because columns were scaled
// when they were longer; at a minimum the residuals are orthogonal to the derivatives besides.
import type { DType } from "../../runtime/dtype.ts";
import { machineEpsilon } from "../../runtime/dtype.ts";

/** Roundings that residuals are made with. */
const ROUNDINGS = 16;

/**
 * The largest cosine of the residuals r with a derivative at which small steps count as convergence: √tolerance, or where
 * it is larger that below which what a step takes off ½‖r‖² is less than its rounding, √(16 ε ‖√w y‖ / ‖r‖).
 */
export function cosineLimit(
  tolerance: number,
  sizeOfValues: number,
  sizeOfResiduals: number,
  dtype: DType,
): number {
  const rounding = ROUNDINGS * machineEpsilon(dtype) * sizeOfValues;
  return Math.sqrt(Math.max(tolerance, rounding / sizeOfResiduals));
}

/** The largest cosine between r (m) and a column of J (m each), times ‖r‖. */
export function steepestOf(jacobian: Float64Array, r: Float64Array): number {
  const m = r.length;
  let steepest = 0;
  for (let start = 0; start < jacobian.length; start += m) {
    let squares = 0, product = 0;
    for (let k = 0; k < m; k++) {
      const slope = jacobian[start + k];
      squares += slope * slope;
      product += slope * r[k];
    }
    if (squares > 0) steepest = Math.max(steepest, Math.abs(product) / Math.sqrt(squares));
  }
  return steepest;
}

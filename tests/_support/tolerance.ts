// Named bounds. A test never compares with a bare literal: it says here where its figure comes from.
import type { DType } from "../../src/runtime/dtype.ts";

/** Unit roundoff u: half the distance from 1 to the next number. */
export function unitRoundoff(dtype: DType): number {
  return dtype === "float32" ? 2 ** -24 : 2 ** -53;
}

/** gamma_n = n u / (1 - n u), the bound of n accumulated roundings (Higham, ASNA 2nd ed., section 3.1). */
export function gamma(n: number, dtype: DType): number {
  const nu = n * unitRoundoff(dtype);
  return nu / (1 - nu);
}

/** Relative bound for an identity that holds exactly in real arithmetic. */
export function identityBound(dtype: DType): number {
  return dtype === "float32" ? 1e-5 : 1e-12;
}

/** Residual ratio of an eigendecomposition; LAPACK accepts 60 (TESTING/sep.in). */
export const EIGEN_RATIO = 10;

/** Residual ratio of a Cholesky factor or an inverse of order n; LAPACK accepts 30 (TESTING/stest.in). */
export function residualRatio(n: number): number {
  return n < 16 ? 5 : 1;
}

/** Residual ratio of a solve by Cholesky factors, whose denominator has no n; LAPACK accepts 30. */
export const SOLVE_RATIO = 5;

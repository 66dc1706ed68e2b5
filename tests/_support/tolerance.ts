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

/** Largest error in ulp of the float32 and float64 kernels of exp, log, tanh and sigmoid. */
export const TRANSCENDENTAL_ULP = 2;

/** Largest error in ulp of the gates of an LSTM in float32, each of one exponential and two more roundings. */
export const GATE_ULP = 3;

/** Largest error in ulp of softplus, composed of exp, log and two quotients. */
export const SOFTPLUS_ULP = 4;

/** Largest error in ulp of the normal distribution function: a Gaussian, a polynomial, two quotients. */
export const NORMAL_CDF_ULP = 5;

/** Bound of a few roundings, relative to the largest of the terms that are added. */
export function fewRoundings(dtype: DType): number {
  return 16 * unitRoundoff(dtype);
}

/** Step of a central difference that balances truncation h^2 against roundoff u / h. */
export const DIFFERENCE_STEP: number = 2 ** -17;

/** What such a difference resolves in float64: h^2 and u / h, with the constants of our functions. */
export const DIFFERENCE_BOUND = 1e-7;

/** How far the mean of n draws of this standard deviation may lie from its expectation: 5 sigma. */
export function samplingBound(n: number, standardDeviation: number): number {
  return 5 * standardDeviation / Math.sqrt(n);
}

/** Error of a product in units of the proved bound gamma_{k+2} (|alpha| |A| |B| + |beta| |C|); BLAS accepts 16. */
export const PRODUCT_RATIO = 1;

/** Relative distance of 20 steps of a method from its oracle in float64: roundoff times the methods' gain. */
export const TRAJECTORY_BOUND = 1e-10;

/** The same for first-order methods, whose updates amplify nothing. */
export const FIRST_ORDER_TRAJECTORY_BOUND = 1e-12;

/** The same in float32, where only gross errors show. */
export const FLOAT32_TRAJECTORY_BOUND = 1e-4;

/** How far the measured order of a Taylor remainder may lie from its integer. */
export const TAYLOR_SLOPE = 0.05;

/** Remainders of float64 losses near 1 that are a thousand roundings above their own error. */
export const ROUNDOFF_FLOOR = 1e-13;

/** Relative mismatch of <u, J v> and <Jᵀ u, v> for vectors of n elements. */
export function adjointBound(n: number, dtype: DType): number {
  return dtype === "float64" ? 1e-12 : 8 * Math.sqrt(n) * unitRoundoff("float32");
}

/** Second differences of float64 functions: truncation h^2 and u / h^2 at their best common step. */
export const SECOND_DIFFERENCE_BOUND = 1e-6;

/** The step of such differences. */
export const SECOND_DIFFERENCE_STEP = 1e-4;

/** Draws for a Monte Carlo Fisher. */
export const FISHER_DRAWS = 200_000;

/** Bound of its elements: 5 sigma of a fourth moment up to 3 at FISHER_DRAWS draws. */
export const FISHER_SAMPLING_BOUND = 5 * Math.sqrt(3 / 200_000);

/** Relative bound of a sampled variance over n draws: 5 sigma of normal numbers. */
export function varianceBound(n: number): number {
  return 5 * Math.sqrt(2 / n);
}

/** Golden vectors have 12 digits. */
export const GOLDEN_DIGITS = 1e-11;

/** H y = s after an update, relative to s: the roundoff of q = H y times the growth of H. */
export const SECANT_BOUND: Readonly<Record<DType, number>> = { float32: 1e-4, float64: 1e-11 };

/** Distance of a float32 inverse from its float64 twin after 3000 updates, relative to its largest element. */
export const SYMMETRY_DRIFT = 1e-4;

/** How far computed eigenvalues of a 4 x 4 matrix may pass a bound that holds in real arithmetic. */
export const EIGENVALUE_SLACK = 1e-9;

/** How near the smallest of them comes to its limit in 12 updates. */
export const EIGENVALUE_APPROACH = 1e-3;

/** How many of its standard errors an estimate with a fixed key may be off. */
export const STANDARD_ERRORS = 4;

/** The default relative tolerance of the solvers. */
export function solverTolerance(dtype: DType): number {
  return Math.sqrt(2 * unitRoundoff(dtype));
}

/** "converged" promises a residual of at most this often the tolerance. */
export const CONVERGENCE_SLACK = 1.01;

/** Solutions of well-conditioned systems (10³ and below) beside elimination, in float64. */
export const CG_SOLUTION_BOUND = 1e-9;

/** By how much of its last value the quadratic model may rise in one iteration. */
export const MONOTONE_BOUND = { float32: 1e-5, float64: 1e-13 } as const;

/** Iterates with a preconditioner beside those of the transformed system. */
export const PRECONDITIONING_BOUND = 1e-10;

/** So many standard errors of a mean of `draws` numbers in [-1, 1]. */
export function standardErrors(count: number, draws: number): number {
  return count / Math.sqrt(draws);
}

/** Digits of the golden network. */
export const GOLDEN_NETWORK_DIGITS = 1e-10;

/** Loss after a run with one skipped batch, relative to that of the run without. */
export const RECOVERED_LOSS = 1.01;

/** Pre-activation Hessians of three layers beside their oracle, relative to the largest element. */
export const RECURSION_BOUND: Readonly<Record<DType, number>> = { float32: 1e-4, float64: 1e-11 };

/** How far below zero the eigenvalues of a semidefinite matrix may fall, relative to its largest element. */
export function orderSlack(dtype: DType): number {
  return dtype === "float32" ? 1e-5 : 1e-12;
}
/** Six digits of parameters that NIST certifies to eleven. */
export const CERTIFIED_PARAMETERS = 0.5e-6;

/** Four digits of their standard errors. */
export const CERTIFIED_ERRORS = 0.5e-4;

/** Relative distance of steps that end a solve early from their oracle in float64: conjugacy amplifies roundoff. */
export const SOLVER_TRAJECTORY_BOUND = 1e-7;

/** What is left of a gradient when least squares are solved in one step with a damping of 1e-14. */
export const LINEAR_FIT_BOUND = 1e-9;

/** Damped Kronecker systems with α down to 0.001: what is asked of the solver, and what comes of it. */
export const DAMPED_SOLVE_BOUND = {
  float32: { tolerance: 1e-5, bound: 1e-3 },
  float64: { tolerance: 1e-12, bound: 1e-9 },
} as const;

/** The first iterates of compressed conjugate gradients beside those of the full-size form. */
export const COMPRESSED_BOUND: Readonly<Record<DType, number>> = { float32: 1e-4, float64: 1e-9 };
/** A damped step beside elimination, or of one form beside another: roundoff times the condition of G + λ I. */
export const DAMPED_STEP_BOUND = 1e-9;

/** Three damped steps by LSMR beside those of the matrix; in float32 G is of float32 derivatives too. */
export const LEAST_SQUARES_STEP_BOUND: Readonly<Record<DType, number>> = {
  float32: 2e-3,
  float64: 1e-9,
};

/** Weights of a regression whose Jacobian has a condition number of 10⁶, in float64: that times a few roundings. */
export const ILL_CONDITIONED_FIT = 1e-8;

/** 20 Levenberg-Marquardt steps of one assembly beside another's. */
export const LONG_TRAJECTORY_BOUND = 1e-9;

/** A step with second-order correction in one form beside another: the correction is a difference of tangents. */
export const ACCELERATED_STEP_BOUND = 1e-8;

/** A fit beside the closed form: as far as steps below the tolerance may stop short, and what float32 resolves. */
export const FIT_BOUND: Readonly<Record<DType, number>> = { float32: 1e-4, float64: 1e-8 };

/** Loss of a network at the end of a valley whose floor is zero. */
export const VALLEY_LOSS = 1e-8;

/** How near a step with λ = 1e10 comes to -g / λ. */
export const STEEPEST_DESCENT_BOUND = 1e-7;

/** Mean squared error of a network that has learned sin(x) / x. */
export const SINC_ERROR = 1e-12;

/** How far a plan of memory may be from what training takes, as a share of it. */
export const PLAN_SHARE = 0.02;

/** Milliseconds after which a signal has ended what hears it, where no single part takes longer: a promise to users. */
export const SIGNAL_DELAY_MS = 50;

/** Frames that a page draws in a second while it trains: a promise to users. */
export const FRAMES_PER_SECOND = 30;

/** A residual computed anew beside another computation of it, in units of ε (|b| + |A| |x|): n roundings each. */
export function residualBound(n: number, dtype: DType): number {
  return 4 * gamma(n + 2, dtype);
}

/**
 * |x| of an unattainable solve, in units of |b| / σ with σ the smallest eigenvalue of A that is not zero. In exact arithmetic
 * iterates stay within a few units; rounding moves them along the null space before it is noticed.
 */
export const UNATTAINABLE_GROWTH = 1e4;

/** ε^(-1/4): how far above the smallest residual that of conjugate gradients may end. */
export const CG_RISE: Readonly<Record<DType, number>> = { float32: 2 ** 5.75, float64: 2 ** 13 };

/** By how much the residual of such a solve may exceed the smallest possible one, relative to |b|. */
export const UNATTAINABLE_EXCESS: Readonly<Record<DType, number>> = {
  float32: 5e-3,
  float64: 1e-6,
};

/** The largest cosine of residuals with a derivative at a minimum: three times √tolerance of a fit. */
export const STATIONARY_COSINE = 1e-4;

/** Fits that converge at least, of three from every start: others end in flat regions or at poles. */
export const LEAST_CONVERGED = 0.3;

/** |A r| of a least-squares solution of an inconsistent system, as a share of |r|. */
export const LEAST_SQUARES_SLOPE = 10 * 1e-7;

/** How far a course of some ten steps may be from the one that another program took of the same data. */
export const COURSE_BOUND = 0.05;

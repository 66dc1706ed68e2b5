// What all solvers of A x = b share: their options, their statuses, their solutions.
import { type Names, namesOf } from "../runtime/arguments.ts";
import type { HostSignal } from "../runtime/host_types.ts";
import type { Resource } from "../runtime/scope.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * How a solve ended. Only "converged" says that the residual b - A x, computed anew, is within the tolerance.
 *
 * - "converged": |b - A x| ≤ max(tolerance |b|, absoluteTolerance)
 * - "least-squares": b is out of reach and x minimizes |b - A x|: |Aᵀ(b - A x)| ≤ tolerance |A| |b - A x|,
 *   or `normalTolerance` times that of the start
 * - "stopped": the stop rule is satisfied
 * - "boundary": x is on the boundary of the trust region
 * - "negative-curvature": a direction p with pᵀA p ≤ 0 was met, and is part of the solution
 * - "max-iterations": the limit was reached; x is the last iterate, or the best where that is worse
 * - "breakdown": rounding or singularity leaves no way on; x is the best iterate
 * - "non-finite": a product or a step is NaN or infinite; x is the last finite iterate
 * - "aborted": the signal said so; x is the last iterate
 */
export type SolverStatus =
  | "converged"
  | "least-squares"
  | "stopped"
  | "boundary"
  | "negative-curvature"
  | "max-iterations"
  | "breakdown"
  | "non-finite"
  | "aborted";

/** Options of every iterative solver. */
export interface SolverOptions {
  /** Start; it stays as it is. @default 0 */
  readonly x0?: Tensor;
  /** Largest residual relative to |b|. @default the square root of the dtype's epsilon */
  readonly tolerance?: number;
  /** Largest residual; the larger of both tolerances counts. @default 0 */
  readonly absoluteTolerance?: number;
  /** Most iterations. @default twice the number of unknowns */
  readonly maxIterations?: number;
  /** Ends the solve between two iterations; only what the solve itself calls can abort it. */
  readonly signal?: HostSignal;
  /** Record every iteration. @default false */
  readonly history?: boolean;
}

/** Their names. */
export const SOLVER_NAMES: Names<SolverOptions> = namesOf<SolverOptions>({
  x0: true,
  tolerance: true,
  absoluteTolerance: true,
  maxIterations: true,
  signal: true,
  history: true,
});

/** One number for each iteration, the start included. */
export interface SolverHistory {
  /** The residual norms |b - A x|, as the recurrence has them. */
  readonly residualNorms: readonly number[];
  /** The values ½ xᵀA x - bᵀx; empty where the solver does not minimize them. */
  readonly phi: readonly number[];
}

/** What a solver found, whether or not it is what was asked for. */
export interface Solution {
  /** The iterate that the solve ended with (n), always finite. */
  readonly x: Tensor;
  /** How the solve ended. */
  readonly status: SolverStatus;
  /** Iterations made. */
  readonly iterations: number;
  /** |b - A x|, computed from x itself however the solve ended. */
  readonly residualNorm: number;
  /** The course of the solve, if asked for. */
  readonly history?: SolverHistory;
}

/** A solution whose tensors live until `dispose()` or the end of its `using` block. */
export type Owned<T extends Solution> = T & Resource & Disposable;

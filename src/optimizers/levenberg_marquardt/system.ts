// What a step needs of its linear system, whichever form it is solved in. All in float64.
import type { Linearization } from "../../nn/linearization.ts";
import { whyNoRoot } from "../../nn/losses/loss.ts";
import type { DISPOSE, Resource } from "../../runtime/scope.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Problem } from "../optimizer.ts";
import type { LevenbergMarquardtSettings } from "./settings.ts";

/** What fails where no system can be made. */
export const ACTION = "step levenbergMarquardt";

/** Matrices of the order of a system: itself and its factor. */
export const COPIES = 2;

/** (G + λ D) d = -g at one point, for many λ. */
export interface DampedSystem extends Resource {
  /** Writes d (P); false where the matrix could not be factored, or d is not finite. */
  solve(damping: number, d: Tensor): boolean;
  /**
   * Writes a (P) with (G + λ D) a = -(1/B) Σ JᵀHu for changes u (B, …) of the outputs and the λ of the last `solve()`,
   * which was true; false where a is not finite. The linearization is a new one at the system's point.
   */
  solveFor(u: Tensor, lin: Linearization, a: Tensor): boolean;
  /** dᵀ D d. */
  scaledSquares(d: Tensor): number;
  /** What the solves came to, where they are iterative; else they are exact but for rounding. */
  readonly iterative?: IterativeSolve;
  /** The same as dispose, for `using`. */
  [DISPOSE](): void;
}

/** What iterative solves came to. */
export interface IterativeSolve {
  /** Iterations of all solves together. */
  readonly iterations: number;
  /** dᵀ((G + λ D) d + g) of the last `solve()`, which is 0 where that is exact. */
  readonly residualAlong: number;
}

/** Where a step starts, and how it is to be solved. */
export interface Point {
  /** Model, loss and batch. */
  readonly problem: Problem;
  /** The batch at the point. */
  readonly lin: Linearization;
  /** What else the system is made of. */
  readonly parts: SystemParts;
  /** All settings. */
  readonly settings: LevenbergMarquardtSettings;
  /** Number of the step. */
  readonly step: number;
}

/** A way to solve the systems of steps. */
export interface Form {
  /** Why it solves none for this batch; undefined where it does. */
  whyNot(lin: Linearization): string | undefined;
  /**
   * Makes the system at a point that it can solve.
   *
   * @throws {OutOfMemoryError} when its matrices do not fit in memory.
   */
  makeSystem(point: Point): DampedSystem;
}

/** Why a form that needs S, S Sᵀ the Hessian of the loss, solves none for this batch. */
export function whyNoSquareRoot({ lossFunction }: Linearization): string | undefined {
  const lack = whyNoRoot(lossFunction);
  return lack && `${lack}, form must be "primal"`;
}

/** What a system is made of besides the linearization. */
export interface SystemParts {
  /** The gradient g of the objective (P), float64. */
  readonly gradient: Tensor;
  /** L2 coefficient, whose share of G is l2 I. */
  readonly l2: number;
}

// Minimal residuals for A x = b with symmetric A, definite or not.
//
//   z, v  the Lanczos vectors, A V_k = Z_{k+1} T_k with v = M⁻¹ z and T tridiagonal: alpha, beside it beta;
//         without a preconditioner M = I and v is z
//   w     the directions, V R⁻¹ with T = Q R by rotations (c, s)
//   x_k   minimizes |b - A x| in the norm of M⁻¹ over x0 + span V_k
//   r     b - A x: r_k = s² r_{k-1} - c remaining_k z_{k+1}, needed only where that norm is not its own
//
// Source: Paige & Saunders 1975, "Solution of sparse indefinite systems of linear equations"; the
// recurrences and the condition number of Stanford's minres.m without shift. That of r: Choi, Paige & Saunders 2011, "MINRES-QLP".
import type { LinearOperator } from "../linalg/operator.ts";
import { axpbyDot, axpyDot, normOf } from "../ops/fused_vector.ts";
import { axpy, copy, dot, fill, norm, scale } from "../ops/vector.ts";
import { checkBoolean, checkOptions, namesOf } from "../runtime/arguments.ts";
import { kernels } from "../runtime/instance.ts";
import { release } from "../runtime/scope.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  checkDeclaredSymmetric,
  checkPreconditioner,
  checkSystem,
  checkWorkspace,
} from "./_checks.ts";
import { BestIterate } from "./_best_iterate.ts";
import { leading } from "./_leading.ts";
import { Progress } from "./_progress.ts";
import { handOver, loadStart, residual } from "./_system.ts";
import { type SystemSize, systemSize, Workspace } from "./workspace.ts";
import { type Owned, type Solution, SOLVER_NAMES, type SolverOptions } from "./solver.ts";

/** Options of `minres()`. */
export interface MinresOptions extends SolverOptions {
  /** M⁻¹, an operator near |A|⁻¹, symmetric and positive definite. @default the identity */
  readonly preconditioner?: LinearOperator;
}

const NAMES = namesOf<MinresOptions, SolverOptions>({ preconditioner: true }, SOLVER_NAMES);

/** Options of a `MinresWorkspace`. */
export interface MinresWorkspaceOptions {
  /** Plan for a preconditioner. @default false */
  readonly isPreconditioned?: boolean;
}

const WORKSPACE_NAMES = namesOf<MinresWorkspaceOptions>({ isPreconditioned: true });

/**
 * The vectors of `minresInPlace()`: x, three of Lanczos' process and three directions, the best iterate, and two
 * more with a preconditioner; 8 or 10 of n elements.
 */
export class MinresWorkspace extends Workspace {
  /** Lanczos vectors: the present, the one before, the next. */
  readonly lanczos: readonly [Tensor, Tensor, Tensor];
  /** Directions: the present and two before. */
  readonly directions: readonly [Tensor, Tensor, Tensor];
  /** The best iterate so far. */
  readonly best: Tensor;
  #preconditioned: { readonly v: Tensor; readonly r: Tensor } | undefined;

  /** Plans for systems of at most an order, and of a dtype, for example those of an operator. */
  constructor(system: SystemSize, options: MinresWorkspaceOptions = {}) {
    const { size, dtype } = systemSize(system);
    checkOptions("plan a workspace", options, WORKSPACE_NAMES);
    const { isPreconditioned = false } = options;
    checkBoolean("plan a workspace", "isPreconditioned", isPreconditioned);
    super(dtype, size);
    const make = (): Tensor => this.vector(dtype, size);
    this.lanczos = [make(), make(), make()];
    this.directions = [make(), make(), make()];
    this.best = make();
    if (isPreconditioned) this.#preconditioned = { v: make(), r: make() };
  }

  /** With a preconditioner: v and the residual r; planned at first use unless they were planned before. */
  get preconditioned(): { readonly v: Tensor; readonly r: Tensor } {
    if (this.#preconditioned) return this.#preconditioned;
    const v = this.further();
    try {
      return this.#preconditioned = { v, r: this.further() };
    } catch (error) {
      release(this.scope.keep(v));
      throw error;
    }
  }
}

function checkMinres(op: LinearOperator, b: Tensor, options: MinresOptions): void {
  checkDeclaredSymmetric("solve by minres", op);
  checkSystem("solve by minres", op, b, options, NAMES);
  checkPreconditioner("solve by minres", op, options.preconditioner);
}

/**
 * Solves A x = b by minimal residuals in a workspace; as `minres()`, but it allocates no kernel memory.
 *
 * The system may be smaller than what the workspace was planned for. What the solution refers to belongs to the
 * workspace and lasts until its next solve.
 *
 * @throws {TypeError} when a size or dtype does not fit, the system is larger than what the workspace was planned for,
 * or the operator does not declare to be symmetric.
 * @throws {RangeError} when an option has no meaning.
 * @throws {NonFiniteError} when an element of b or x0 is not finite.
 *
 * @example
 * ```ts
 * import { diagonal, tensor } from "curvature";
 * import { minresInPlace, MinresWorkspace } from "curvature/solvers";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor([1, -1], { dtype: "float64" });
 * using b = tensor([2, 3], { dtype: "float64" });
 * using workspace = new MinresWorkspace({ size: 5, dtype: "float64" });
 * assertEquals(minresInPlace(workspace, diagonal(d), b).status, "converged");
 * ```
 */
export function minresInPlace(
  workspace: MinresWorkspace,
  op: LinearOperator,
  b: Tensor,
  options: MinresOptions = {},
): Solution {
  checkMinres(op, b, options);
  checkWorkspace("solve by minres", op, workspace, MinresWorkspace);
  const { preconditioner } = options;
  const fit = (vector: Tensor): Tensor => leading(vector, op.size);
  const x = fit(workspace.x);
  let [z, zBefore, next] = workspace.lanczos.map(fit);
  let [w, wBefore, wNext] = workspace.directions.map(fit);
  const preconditioned = preconditioner && workspace.preconditioned;
  const image = preconditioned && fit(preconditioned.v);
  const r = preconditioned ? fit(preconditioned.r) : z;
  const progress = new Progress(op, b, options);
  const best = new BestIterate(op, b, x, fit(workspace.best));
  const { minres_direction } = kernels(op.dtype);
  // |A| in the norm of M⁻¹ at least, and the next off-diagonal of T.
  let innerNorm = 0, beta = 0;
  // The last rotation, what is left of |r|, and what the rotations made of the next columns of T.
  let c = -1, s = 0, remaining = 0, delta = 0, epsilon = 0;
  // Whether the last step took off the residual less than its rounding.
  let wasLost = false;

  /** The norm of a vector of the residual's space of this length, whose image under M⁻¹ is left in its place. */
  const precondition = (vector: Tensor, length: number): number => {
    if (!preconditioner || !image) return length;
    const squared = dot(vector, preconditioner.apply(vector, image));
    if (squared < 0) progress.verdict = "breakdown";
    return Math.sqrt(squared);
  };
  /** Starts Lanczos' process from the residual in z. */
  const start = (): void => {
    if (image) copy(z, r);
    const size = precondition(z, norm(z));
    for (const vector of image ? [z, image] : [z]) scale(size > 0 ? 1 / size : 0, vector);
    for (const vector of [zBefore, w, wBefore]) fill(vector, 0);
    [beta, c, s, remaining, delta, epsilon] = [0, -1, 0, size, 0, 0];
  };
  const restart = (): void => {
    const residualNorm = best.settle(z);
    progress.verify(residualNorm);
    progress.verifyLeastSquares(residualNorm, norm(op.apply(z, next)), progress.operatorNorm);
    start();
  };

  if (loadStart(x, options.x0, b)) residual(op, x, b, z);
  else copy(b, z);
  progress.begin(x, norm(z));
  best.keep(progress.residualNorm);
  if (!progress.status) start();

  while (true) {
    if (progress.needsVerification) restart();
    if (progress.status) break;

    // term 1: the next column of T
    const v = image ?? z;
    op.apply(v, next);
    if (image) progress.operatorNorm = Math.max(progress.operatorNorm, norm(next) / norm(v));
    const alpha = axpyDot(-beta, zBefore, next, v);
    const nextNorm = normOf(axpyDot(-alpha, z, next), next);
    // The image is about to become another.
    const from = image ? copy(image, wNext) : z;
    const betaNext = precondition(next, nextNorm);
    const column = Math.sqrt(beta * beta + alpha * alpha + betaNext * betaNext);
    if (progress.verdict || !progress.isFinite(column)) break;
    innerNorm = Math.max(innerNorm, column);
    if (!image) progress.operatorNorm = innerNorm;

    // term 2: what the rotations before make of it
    const above = c * delta + s * alpha, diagonal = s * delta - c * alpha;
    const twoAbove = epsilon;
    epsilon = s * betaNext;
    delta = -c * betaNext;
    // |A r| of the present x
    const normalNorm = remaining * Math.sqrt(diagonal * diagonal + delta * delta);
    if (progress.claimsLeastSquares(remaining, normalNorm, innerNorm)) {
      restart();
      continue;
    }

    // term 3: a rotation takes betaNext away
    const gamma = Math.sqrt(diagonal * diagonal + betaNext * betaNext);
    c = diagonal / gamma;
    s = betaNext / gamma;
    const length = c * remaining, gain = remaining * c * c / (1 + s);

    // term 4: the direction, and the step along it
    const extent = minres_direction(
      ...[x.size, from.pointer, -twoAbove, wBefore.pointer, -above, w.pointer] as const,
      ...[1 / gamma, wNext.pointer] as const,
    );
    const isSingular = progress.isSingular(innerNorm * extent);
    if (isSingular || progress.isIdle(gain, remaining, innerNorm, length, extent)) {
      if (progress.isExact) progress.verdict = "breakdown";
      else restart();
      continue;
    }
    const isLost = progress.isLost(gain, remaining);
    if (isLost && !wasLost) best.keep(progress.residualNorm);
    wasLost = isLost;
    if (!progress.canStep(length, extent)) break;
    axpy(length, wNext, x);
    remaining *= s;
    for (const vector of image ? [next, image] : [next]) {
      scale(betaNext > 0 ? 1 / betaNext : 0, vector);
    }
    [z, zBefore, next] = [next, z, zBefore];
    [w, wBefore, wNext] = [wNext, w, wBefore];
    beta = betaNext;
    progress.advance(image ? normOf(axpbyDot(-c * remaining, z, s * s, r), r) : remaining);
  }

  if (!progress.isExact) progress.conclude(best.settle(z));
  return progress.outcome(x);
}

/**
 * Solves A x = b for symmetric A, definite or not, by minimal residuals.
 *
 * The residual never grows. Where b is out of reach of a singular A, the status is "least-squares" and
 * x minimizes |b - A x|. With a preconditioner both are so in the norm of M⁻¹, and x that minimizes that
 * norm alone ends as "breakdown". What `scipy.sparse.linalg.minres` does.
 *
 * Shapes: b and x (n). Cost of an iteration: one product and 18 n flops, 28 n with a preconditioner.
 * Memory: 8 vectors, 10 with a preconditioner. Scalars are float64. When the recurrence claims an end, the residual is
 * computed anew; if it does not agree, the solve starts again from it, until that no longer helps.
 *
 * With a tolerance below what rounding allows it ends as "breakdown" before x grows without bound: where an estimate of
 * the condition number passes 0.1/ε (Paige & Saunders), or a step lengthens x and takes less off the residual than
 * the rounding of its product. x is then the iterate with the smallest residual.
 *
 * @param op An operator that declares to be symmetric.
 * @throws {TypeError} when a size or dtype does not fit, or the operator does not declare to be symmetric.
 * @throws {RangeError} when an option has no meaning.
 * @throws {NonFiniteError} when an element of b or x0 is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { minres, tensor } from "curvature";
 * import { denseOperator } from "curvature/operators";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * using a = tensor([[0, 2], [2, 0]], { dtype: "float64" });
 * using b = tensor([2, 6], { dtype: "float64" });
 * using solution = minres(denseOperator(a, { isSymmetric: true }), b);
 * assertEquals(solution.status, "converged");
 * assertAlmostEquals(solution.x.data[0], 3);
 * assertAlmostEquals(solution.x.data[1], 1);
 * ```
 */
export function minres(
  op: LinearOperator,
  b: Tensor,
  options: MinresOptions = {},
): Owned<Solution> {
  checkMinres(op, b, options);
  const workspace = new MinresWorkspace(op);
  try {
    const solution = minresInPlace(workspace, op, b, options);
    return handOver(workspace.scope, solution, [solution.x]);
  } finally {
    workspace.dispose();
  }
}

// Minimal residuals for A x = b with symmetric A, definite or not.
//
//   v   the Lanczos vectors, A V_k = V_{k+1} T_k with T tridiagonal: alpha, beside it beta
//   w   the directions, V R⁻¹ with T = Q R by rotations (c, s)
//   x_k minimizes |b - A x| over x0 + span V_k
//
// Source: Paige & Saunders 1975, "Solution of sparse indefinite systems of linear equations"; the
// recurrences of Stanford's minres.m without preconditioner and shift.
import type { LinearOperator } from "../linalg/operator.ts";
import { axpy, copy, dot, fill, norm, scale } from "../ops/vector.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkDeclaredSymmetric, checkSystem, checkWorkspace } from "./_checks.ts";
import { Progress } from "./_progress.ts";
import { handOver, loadStart, residual } from "./_system.ts";
import { type SystemSize, systemSize, Workspace } from "./workspace.ts";
import type { Owned, Solution, SolverOptions } from "./solver.ts";

/** The vectors of `minresInPlace()`: x, three of Lanczos' process and three directions; 7 of n elements. */
export class MinresWorkspace extends Workspace {
  /** Lanczos vectors: the present, the one before, the next. */
  readonly lanczos: readonly [Tensor, Tensor, Tensor];
  /** Directions: the present and two before. */
  readonly directions: readonly [Tensor, Tensor, Tensor];

  /** Plans for systems of an order and dtype, for example those of an operator. */
  constructor(system: SystemSize) {
    const { size, dtype } = systemSize(system);
    super(dtype, size);
    const make = (): Tensor => this.vector(dtype, size);
    this.lanczos = [make(), make(), make()];
    this.directions = [make(), make(), make()];
  }
}

/**
 * Solves A x = b by minimal residuals in a workspace; as `minres()`, but it allocates no kernel memory.
 *
 * What the solution refers to belongs to the workspace and lasts until its next solve.
 *
 * @throws {TypeError} when a size or dtype does not fit, or the operator does not declare to be symmetric.
 * @throws {RangeError} when an option has no meaning.
 * @throws {NonFiniteError} when an element of b or x0 is not finite.
 *
 * @example
 * ```ts
 * import { diagonal, minresInPlace, MinresWorkspace, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor([1, -1], { dtype: "float64" });
 * using b = tensor([2, 3], { dtype: "float64" });
 * using workspace = new MinresWorkspace(d);
 * assertEquals(minresInPlace(workspace, diagonal(d), b).status, "converged");
 * ```
 */
export function minresInPlace(
  workspace: MinresWorkspace,
  op: LinearOperator,
  b: Tensor,
  options: SolverOptions = {},
): Solution {
  checkDeclaredSymmetric("solve by minres", op);
  checkSystem("solve by minres", op, b, options);
  checkWorkspace("solve by minres", op, workspace, MinresWorkspace);
  const { x } = workspace;
  let [v, vBefore, next] = workspace.lanczos;
  let [w, wBefore, wNext] = workspace.directions;
  const progress = new Progress(op, b, options);
  let beta = 0, operatorNorm = 0;
  // The last rotation, what is left of |r|, and what the rotations made of the next columns of T.
  let c = -1, s = 0, remaining = 0, delta = 0, epsilon = 0;

  /** Starts Lanczos' process from the residual in v. */
  const start = (residualNorm: number): void => {
    scale(residualNorm > 0 ? 1 / residualNorm : 0, v);
    for (const vector of [vBefore, w, wBefore]) fill(vector, 0);
    [beta, c, s, remaining, delta, epsilon] = [0, -1, 0, residualNorm, 0, 0];
  };
  const restart = (): void => {
    const residualNorm = norm(residual(op, x, b, v));
    progress.verify(residualNorm);
    progress.verifyLeastSquares(residualNorm, norm(op.apply(v, next)), operatorNorm);
    start(residualNorm);
  };

  if (loadStart(x, options.x0, b)) residual(op, x, b, v);
  else copy(b, v);
  progress.begin(x, norm(v));
  start(progress.residualNorm);

  while (true) {
    if (progress.needsVerification) restart();
    if (progress.status) break;

    // term 1: the next column of T
    op.apply(v, next);
    axpy(-beta, vBefore, next);
    const alpha = dot(v, next);
    axpy(-alpha, v, next);
    const betaNext = norm(next);
    const column = Math.sqrt(beta * beta + alpha * alpha + betaNext * betaNext);
    if (!progress.isFinite(column)) break;
    operatorNorm = Math.max(operatorNorm, column);

    // term 2: what the rotations before make of it
    const above = c * delta + s * alpha, diagonal = s * delta - c * alpha;
    const twoAbove = epsilon;
    epsilon = s * betaNext;
    delta = -c * betaNext;
    // |A r| of the present x
    const normalNorm = remaining * Math.sqrt(diagonal * diagonal + delta * delta);
    if (progress.claimsLeastSquares(remaining, normalNorm, operatorNorm)) {
      restart();
      continue;
    }

    // term 3: a rotation takes betaNext away
    const gamma = Math.sqrt(diagonal * diagonal + betaNext * betaNext);
    c = diagonal / gamma;
    s = betaNext / gamma;
    const length = c * remaining;
    remaining *= s;

    // term 4: the direction, and the step along it
    copy(v, wNext);
    axpy(-twoAbove, wBefore, wNext);
    axpy(-above, w, wNext);
    scale(1 / gamma, wNext);
    if (!progress.canStep(length, wNext)) break;
    axpy(length, wNext, x);
    scale(betaNext > 0 ? 1 / betaNext : 0, next);
    [v, vBefore, next] = [next, v, vBefore];
    [w, wBefore, wNext] = [wNext, w, wBefore];
    beta = betaNext;
    progress.advance(remaining);
  }

  return progress.outcome(x);
}

/**
 * Solves A x = b for symmetric A, definite or not, by minimal residuals.
 *
 * The residual never grows. Where b is out of reach of a singular A, the status is "least-squares" and
 * x minimizes |b - A x|. What `scipy.sparse.linalg.minres` does.
 *
 * Shapes: b and x (n). Cost of an iteration: one product and 18 n flops. Memory: 7 vectors. Scalars are
 * float64. When the recurrence claims an end, the residual is computed anew; if it does not agree, the
 * solve starts again from it, until that no longer helps.
 *
 * @param op An operator that declares to be symmetric.
 * @throws {TypeError} when a size or dtype does not fit, or the operator does not declare to be symmetric.
 * @throws {RangeError} when an option has no meaning.
 * @throws {NonFiniteError} when an element of b or x0 is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { denseOperator, minres, tensor } from "curvature";
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
  options: SolverOptions = {},
): Owned<Solution> {
  checkDeclaredSymmetric("solve by minres", op);
  checkSystem("solve by minres", op, b, options);
  const workspace = new MinresWorkspace(op);
  try {
    const solution = minresInPlace(workspace, op, b, options);
    return handOver(workspace.scope, solution, [solution.x]);
  } finally {
    workspace.dispose();
  }
}

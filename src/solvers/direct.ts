// A x = b for symmetric positive definite A, by writing it out and factoring it: A = L Lᵀ.
//
// Source: Golub & Van Loan, "Matrix computations", 4th edition, section 4.2.
import { DampedFactor } from "../linalg/damped_factor.ts";
import type { LinearOperator } from "../linalg/operator.ts";
import { fill, firstNonFinite, norm } from "../ops/vector.ts";
import { namesOf } from "../runtime/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkDeclaredSymmetric, checkSystem, checkWorkspace } from "./_checks.ts";
import { leading } from "./_leading.ts";
import { Progress } from "./_progress.ts";
import { handOver, normOfResidual } from "./_system.ts";
import { type SystemSize, systemSize, Workspace } from "./workspace.ts";
import type { Owned, Solution, SolverOptions } from "./solver.ts";

/** Options of `direct()`. */
export type DirectOptions = Pick<SolverOptions, "tolerance" | "absoluteTolerance" | "signal">;

const NAMES = namesOf<DirectOptions>({ tolerance: true, absoluteTolerance: true, signal: true });

/** What `directInPlace()` needs: x and a residual, A (n, n) in its dtype and in float64. */
export class DirectWorkspace extends Workspace {
  /** The matrix (n²). */
  readonly matrix: Tensor;
  /** Its factor (n²), float64. */
  readonly factor: Tensor;
  /** The solution (n), float64. */
  readonly precise: Tensor;
  /** The residual (n). */
  readonly r: Tensor;

  /** Plans for systems of at most an order, and of a dtype, for example those of an operator. */
  constructor(system: SystemSize) {
    const { size, dtype } = systemSize(system);
    super(dtype, size);
    this.matrix = this.vector(dtype, size * size);
    this.factor = this.vector("float64", size * size);
    this.precise = this.vector("float64", size);
    this.r = this.vector(dtype, size);
  }
}

/**
 * Solves A x = b by Cholesky's method in a workspace, as `direct()` does.
 *
 * The system may be smaller than what the workspace was planned for. What the solution refers to belongs to the
 * workspace and lasts until its next solve.
 *
 * @throws {TypeError} when a size or dtype does not fit, the system is larger than what the workspace was planned for,
 * or the operator does not declare to be symmetric.
 * @throws {RangeError} when an option has no meaning.
 * @throws {NonFiniteError} when an element of b is not finite.
 *
 * @example
 * ```ts
 * import { diagonal, tensor } from "curvature";
 * import { directInPlace, DirectWorkspace } from "curvature/solvers";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor([1, -1]);
 * using b = tensor([2, 3]);
 * using workspace = new DirectWorkspace({ size: 5, dtype: "float32" });
 * assertEquals(directInPlace(workspace, diagonal(d), b).status, "breakdown");
 * ```
 */
export function directInPlace(
  workspace: DirectWorkspace,
  op: LinearOperator,
  b: Tensor,
  options: DirectOptions = {},
): Solution {
  checkDeclaredSymmetric("solve directly", op);
  checkSystem("solve directly", op, b, options, NAMES);
  checkWorkspace("solve directly", op, workspace, DirectWorkspace);
  const n = op.size;
  const x = leading(workspace.x, n), r = leading(workspace.r, n);
  const precise = leading(workspace.precise, n);
  const matrix = leading(workspace.matrix, n * n), factor = leading(workspace.factor, n * n);
  const damped = new DampedFactor(factor, n);
  const progress = new Progress(op, b, options);

  fill(x, 0);
  progress.begin(x, norm(b));
  if (progress.status) return progress.outcome(x);

  factor.data.set(op.toDense(matrix).data);
  if (progress.status) return progress.outcome(x);
  precise.data.set(b.data);
  if (firstNonFinite(factor) >= 0) progress.verdict = "non-finite";
  else if (damped.factor(factor) >= 0) progress.verdict = "breakdown";
  else {
    damped.solve(precise);
    x.data.set(precise.data);
    const isFinite = firstNonFinite(x) < 0;
    const residualNorm = isFinite ? normOfResidual(op, x, b, r) : Infinity;
    // Of a singular matrix rounding makes an x that is worse than none.
    const isBetter = residualNorm <= progress.residualNorm;
    if (isFinite) progress.iterations = 1;
    if (isBetter) progress.verify(residualNorm);
    else fill(x, 0);
    progress.verdict ??= residualNorm < Infinity ? "breakdown" : "non-finite";
  }
  return progress.outcome(x);
}

/**
 * Solves A x = b for symmetric positive definite A by Cholesky's method, in float64 whatever the dtype.
 *
 * For small systems, and to tell what an iterative solver should have found. The status is "converged" when
 * the residual is within the tolerance, and "breakdown" when A is not positive definite or so ill
 * conditioned that it is not, with x = 0 where that is better than what was found; an operator whose matrix is not symmetric ends there too. For a matrix at
 * hand `choleskySolve()` is shorter.
 *
 * Shapes: b and x (n). Cost: n products and n³/3 flops. Memory: n² elements of A and n² of float64.
 *
 * @param op An operator that declares to be symmetric.
 * @throws {TypeError} when a size or dtype does not fit, or the operator does not declare to be symmetric.
 * @throws {RangeError} when an option has no meaning.
 * @throws {NonFiniteError} when an element of b is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { direct } from "curvature/solvers";
 * import { denseOperator } from "curvature/operators";
 * import { assertEquals } from "@std/assert";
 *
 * using a = tensor([[4, 2], [2, 5]]);
 * using b = tensor([8, 8]);
 * using solution = direct(denseOperator(a, { isPositiveSemidefinite: true }), b);
 * assertEquals(solution.status, "converged");
 * assertEquals(solution.x.toArray(), [1.5, 1]);
 * ```
 */
export function direct(
  op: LinearOperator,
  b: Tensor,
  options: DirectOptions = {},
): Owned<Solution> {
  checkDeclaredSymmetric("solve directly", op);
  checkSystem("solve directly", op, b, options, NAMES);
  const workspace = new DirectWorkspace(op);
  try {
    const solution = directInPlace(workspace, op, b, options);
    return handOver(workspace.scope, solution, [solution.x]);
  } finally {
    workspace.dispose();
  }
}

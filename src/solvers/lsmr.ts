// Least squares |b - A x| for any A by the bidiagonalization of Golub & Kahan: minimal |Aᵀr|.
//
//   u, v   A V_k = U_{k+1} B_k with B lower bidiagonal: alpha on the diagonal, beta below it
//   h, ĥ   the directions, through two rotations of each column: (c, s), and (cBar, sBar)
//   ζ      |Aᵀr| of x_k is |zetaBar|
//
// Source: Fong & Saunders 2011, "LSMR: an iterative algorithm for sparse least-squares problems";
// names and the estimate of |r| are those of its section 5 and of lsmr.m, without damping.
import type { LinearMap } from "../linalg/operator.ts";
import { axpby, axpy, copy, fill, norm, scale } from "../ops/vector.ts";
import { checkObject } from "../runtime/arguments.ts";
import type { DType } from "../runtime/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkSystem, checkWorkspace } from "./_checks.ts";
import { Progress } from "./_progress.ts";
import { handOver, loadStart, residual } from "./_system.ts";
import { systemSize, Workspace } from "./workspace.ts";
import type { Owned, Solution, SolverOptions } from "./solver.ts";

/** The vectors of `lsmrInPlace()`: x and 4 of as many elements as A has columns, 2 of as many as it has rows. */
export class LsmrWorkspace extends Workspace {
  /** The left vector of the bidiagonalization (rows). */
  readonly u: Tensor;
  /** A product with A (rows). */
  readonly av: Tensor;
  /** The right vector (columns). */
  readonly v: Tensor;
  /** A product with Aᵀ (columns). */
  readonly atu: Tensor;
  /** The directions (columns). */
  readonly h: Tensor;
  /** The directions after the second rotation (columns). */
  readonly hBar: Tensor;

  /** Plans for matrices of a shape and dtype, for example those of an operator. */
  constructor(system: { readonly rows: number; readonly columns: number; readonly dtype: DType }) {
    checkObject("plan a workspace", "the system", system);
    const { rows, columns, dtype } = system;
    for (const size of [rows, columns]) systemSize({ size, dtype });
    super(dtype, columns);
    this.u = this.vector(dtype, rows);
    this.av = this.vector(dtype, rows);
    this.v = this.vector(dtype, columns);
    this.atu = this.vector(dtype, columns);
    this.h = this.vector(dtype, columns);
    this.hBar = this.vector(dtype, columns);
  }
}

const START = { c: 1, s: 0, cBar: 1, sBar: 0, rho: 1, rhoBar: 1, zeta: 0 };
const RESIDUAL_START = { betaDot: 0, rhoDot: 1, tauTilde: 0, thetaTilde: 0 };

function hypotenuse(a: number, b: number): number {
  return Math.sqrt(a * a + b * b);
}

/**
 * Minimizes |b - A x| in a workspace; as `lsmr()`, but it allocates no kernel memory.
 *
 * What the solution refers to belongs to the workspace and lasts until its next solve.
 *
 * @throws {TypeError} when a size or dtype does not fit, or the operator has no transpose.
 * @throws {RangeError} when an option has no meaning.
 * @throws {NonFiniteError} when an element of b or x0 is not finite.
 *
 * @example
 * ```ts
 * import { diagonal, lsmrInPlace, LsmrWorkspace, tensor } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor([1, -2], { dtype: "float64" });
 * using b = tensor([2, 2], { dtype: "float64" });
 * using workspace = new LsmrWorkspace(diagonal(d));
 * assertEquals(lsmrInPlace(workspace, diagonal(d), b).status, "converged");
 * ```
 */
export function lsmrInPlace(
  workspace: LsmrWorkspace,
  op: LinearMap,
  b: Tensor,
  options: SolverOptions = {},
): Solution {
  checkSystem("solve by lsmr", op, b, options);
  checkWorkspace("solve by lsmr", op, workspace, LsmrWorkspace);
  const { x, u, av, v, atu, h, hBar } = workspace;
  const progress = new Progress(op, b, options);
  let operatorNorm = 0, alpha = 0, alphaBar = 0, zetaBar = 0, betaHat = 0;
  let last = START, estimate = RESIDUAL_START;

  /** Starts the bidiagonalization from the residual in u. */
  const start = (residualNorm: number): void => {
    const normalNorm = norm(op.applyTranspose(u, v));
    progress.verifyLeastSquares(residualNorm, normalNorm, operatorNorm);
    scale(residualNorm > 0 ? 1 / residualNorm : 0, u);
    scale(normalNorm > 0 ? 1 / normalNorm : 0, v);
    alpha = alphaBar = residualNorm > 0 ? normalNorm / residualNorm : 0;
    [zetaBar, betaHat, last, estimate] = [normalNorm, residualNorm, START, RESIDUAL_START];
    copy(v, h);
    fill(hBar, 0);
  };
  const restart = (): void => {
    const residualNorm = norm(residual(op, x, b, u));
    progress.verify(residualNorm);
    start(residualNorm);
  };

  if (loadStart(x, options.x0, b)) residual(op, x, b, u);
  else copy(b, u);
  progress.begin(x, norm(u));
  if (!progress.status) start(progress.residualNorm);

  while (true) {
    const claimsMinimum = !progress.isExact &&
      progress.claimsLeastSquares(progress.residualNorm, Math.abs(zetaBar), operatorNorm);
    if (progress.needsVerification || claimsMinimum) restart();
    if (progress.status) break;

    // term 1: the next column of B
    axpby(1, op.apply(v, av), -alpha, u);
    const beta = norm(u);
    scale(beta > 0 ? 1 / beta : 0, u);
    axpby(1, op.applyTranspose(u, atu), -beta, v);
    operatorNorm = Math.max(operatorNorm, hypotenuse(alpha, beta));
    alpha = norm(v);
    scale(alpha > 0 ? 1 / alpha : 0, v);
    if (!progress.isFinite(alpha) || !progress.isFinite(beta)) break;

    // term 2: two rotations
    const rho = hypotenuse(alphaBar, beta);
    const c = alphaBar / rho, s = beta / rho, theta = s * alpha;
    alphaBar = c * alpha;
    const thetaBar = last.sBar * rho, rhoBar = hypotenuse(last.cBar * rho, theta);
    const cBar = last.cBar * rho / rhoBar, sBar = theta / rhoBar, zeta = cBar * zetaBar;
    zetaBar *= -sBar;

    // term 3: the direction, and the step along it
    axpby(1, h, -thetaBar * rho / (last.rho * last.rhoBar), hBar);
    const length = zeta / (rho * rhoBar);
    if (!progress.canStep(length, hBar)) break;
    axpy(length, hBar, x);
    axpby(1, v, -theta / rho, h);

    // term 4: |r|
    const betaCheck = c * betaHat;
    betaHat *= -s;
    const { betaDot, rhoDot, tauTilde, thetaTilde } = estimate;
    const rhoTilde = hypotenuse(rhoDot, thetaBar);
    const cTilde = rhoDot / rhoTilde, sTilde = thetaBar / rhoTilde;
    const tau = (last.zeta - thetaTilde * tauTilde) / rhoTilde;
    estimate = {
      betaDot: -sTilde * betaDot + cTilde * betaCheck,
      rhoDot: cTilde * rhoBar,
      tauTilde: tau,
      thetaTilde: sTilde * rhoBar,
    };
    const tauDot = (zeta - estimate.thetaTilde * tau) / estimate.rhoDot;
    last = { c, s, cBar, sBar, rho, rhoBar, zeta };
    progress.advance(hypotenuse(estimate.betaDot - tauDot, betaHat));
  }

  return progress.outcome(x);
}

/**
 * Minimizes |b - A x| for any matrix A: tall, wide, square or singular.
 *
 * |Aᵀ(b - A x)| never grows. The status is "converged" where A x = b to the tolerance, and
 * "least-squares" where b is out of reach. A `LinearOperator` will do, and so will any object with
 * `rows`, `columns`, `dtype`, `apply` and `applyTranspose`. What `scipy.sparse.linalg.lsmr` does.
 *
 * Shapes: b (rows), x (columns). Cost of an iteration: a product with A and one with its transpose, and
 * 8 rows + 17 columns flops. Memory: 5 vectors of columns and 2 of rows. Scalars are float64. When the
 * recurrence claims an end, the residual is computed anew; if it does not agree, the solve starts again
 * from it, until that no longer helps.
 *
 * @throws {TypeError} when a size or dtype does not fit, or the operator has no transpose.
 * @throws {RangeError} when an option has no meaning.
 * @throws {NonFiniteError} when an element of b or x0 is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { denseOperator, lsmr, tensor } from "curvature";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * using a = tensor([[1, 1], [1, 1]], { dtype: "float64" });
 * using b = tensor([3, 1], { dtype: "float64" });
 * using solution = lsmr(denseOperator(a), b);
 * assertEquals(solution.status, "least-squares");
 * assertAlmostEquals(solution.x.data[0], 1);
 * ```
 */
export function lsmr(op: LinearMap, b: Tensor, options: SolverOptions = {}): Owned<Solution> {
  checkSystem("solve by lsmr", op, b, options);
  const workspace = new LsmrWorkspace(op);
  try {
    const solution = lsmrInPlace(workspace, op, b, options);
    return handOver(workspace.scope, solution, [solution.x]);
  } finally {
    workspace.dispose();
  }
}

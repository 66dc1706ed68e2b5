// Least squares |b - A x| for any A by the bidiagonalization of Golub & Kahan: minimal |Aᵀr|.
//
//   u, v   A V_k = U_{k+1} B_k with B lower bidiagonal: alpha on the diagonal, beta below it
//   h, ĥ   the directions, through two rotations of each column: (c, s), and (cBar, sBar)
//   ζ      |Aᵀr| of x_k is |zetaBar|
//
// Damping λ makes A the taller [A; λ I] and b the longer [b; 0]: the same iterates as in section 5.1's form,
// and a start x0 and a residual computed anew mean what they do without.
//
// Source: Fong & Saunders 2011, "LSMR: an iterative algorithm for sparse least-squares problems";
// names and the estimate of |r| are those of its section 5 and of lsmr.m.
import type { LinearMap } from "../linalg/operator.ts";
import { axpbyDot, axpbyMaxAbs, normOf } from "../ops/fused_vector.ts";
import { axpby, axpy, copy, fill, norm, scale } from "../ops/vector.ts";
import {
  checkBoolean,
  checkNumber,
  checkObject,
  checkOptions,
  namesOf,
} from "../runtime/arguments.ts";
import type { DType } from "../runtime/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkRoom, checkSystem, checkWorkspace } from "./_checks.ts";
import { DampedMap } from "./_damped_map.ts";
import { BestIterate } from "./_best_iterate.ts";
import { leading } from "./_leading.ts";
import { Progress } from "./_progress.ts";
import { handOver, loadStart, residual } from "./_system.ts";
import { systemSize, Workspace } from "./workspace.ts";
import { type Owned, type Solution, SOLVER_NAMES, type SolverOptions } from "./solver.ts";

/** Options of `lsmr()`. */
export interface LsmrOptions extends SolverOptions {
  /** λ: minimizes |b - A x|² + λ² |x|². What scipy calls `damp`. @default 0 */
  readonly damping?: number;
  /** |Aᵀ(b - A x)|, relative to that of the start, at which x counts as the minimum too. @default 0 */
  readonly normalTolerance?: number;
}

const NAMES = namesOf<LsmrOptions, SolverOptions>(
  { damping: true, normalTolerance: true },
  SOLVER_NAMES,
);

/** Options of an `LsmrWorkspace`. */
export interface LsmrWorkspaceOptions {
  /** Plan for damping. @default false */
  readonly isDamped?: boolean;
}

const WORKSPACE_NAMES = namesOf<LsmrWorkspaceOptions>({ isDamped: true });

/**
 * The vectors of `lsmrInPlace()`: x and 5 of as many elements as A has columns, 2 of as many as it has rows.
 * Planned for damping, it has 3 of as many elements as A has rows and columns together instead of the two.
 */
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
  /** The best iterate so far (columns). */
  readonly best: Tensor;
  /** Planned for damping: the right-hand side of the damped system (rows and columns). */
  readonly right: Tensor | undefined;

  /** Plans for matrices of at most so many rows and columns, and of a dtype, for example those of an operator. */
  constructor(
    system: { readonly rows: number; readonly columns: number; readonly dtype: DType },
    options: LsmrWorkspaceOptions = {},
  ) {
    checkObject("plan a workspace", "the system", system);
    const { rows, columns, dtype } = system;
    for (const size of [rows, columns]) systemSize({ size, dtype });
    checkOptions("plan a workspace", options, WORKSPACE_NAMES);
    const { isDamped = false } = options;
    checkBoolean("plan a workspace", "isDamped", isDamped);
    super(dtype, columns);
    const height = isDamped ? rows + columns : rows;
    this.u = this.vector(dtype, height);
    this.av = this.vector(dtype, height);
    this.right = isDamped ? this.vector(dtype, height) : undefined;
    this.v = this.vector(dtype, columns);
    this.atu = this.vector(dtype, columns);
    this.h = this.vector(dtype, columns);
    this.hBar = this.vector(dtype, columns);
    this.best = this.vector(dtype, columns);
  }
}

function checkLsmr(op: LinearMap, b: Tensor, options: LsmrOptions): void {
  checkSystem("solve by lsmr", op, b, options, NAMES);
  const { damping = 0, normalTolerance = 0 } = options;
  checkNumber("solve by lsmr", "damping", damping, "non-negative");
  checkNumber("solve by lsmr", "normalTolerance", normalTolerance, "non-negative");
}

/** The system that the iteration solves: the given one, or the damped one. */
function systemOf(
  { x, u, right }: LsmrWorkspace,
  op: LinearMap,
  b: Tensor,
  damping: number,
): [LinearMap, Tensor] {
  const action = "solve by lsmr";
  checkRoom(action, "rows", op.rows, LsmrWorkspace.name, u.size - (right ? x.size : 0));
  if (damping > 0 && !right) {
    throw new TypeError(`Cannot ${action}: the workspace was planned without damping`);
  }
  if (!right) return [op, b];
  const damped = new DampedMap(op, damping);
  const extended = fill(leading(right, damped.rows), 0);
  copy(b, leading(right, op.rows));
  return [damped, extended];
}

const START = { c: 1, s: 0, cBar: 1, sBar: 0, rho: 1, rhoBar: 1, zeta: 0 };
const RESIDUAL_START = { betaDot: 0, rhoDot: 1, tauTilde: 0, thetaTilde: 0 };

function hypotenuse(a: number, b: number): number {
  return Math.sqrt(a * a + b * b);
}

/**
 * Minimizes |b - A x| in a workspace; as `lsmr()`, but it allocates no kernel memory.
 *
 * Damping needs a workspace that was planned for it. The system may have fewer rows, fewer columns or less of both than
 * what the workspace was planned for. What the solution refers to belongs to the workspace and lasts until its next solve.
 *
 * @throws {TypeError} when a size or dtype does not fit, the system is larger than what the workspace was planned for,
 * or the operator has no transpose.
 * @throws {RangeError} when an option has no meaning.
 * @throws {NonFiniteError} when an element of b or x0 is not finite.
 *
 * @example
 * ```ts
 * import { diagonal, tensor } from "curvature";
 * import { lsmrInPlace, LsmrWorkspace } from "curvature/solvers";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor([1, -2], { dtype: "float64" });
 * using b = tensor([2, 2], { dtype: "float64" });
 * using workspace = new LsmrWorkspace({ rows: 5, columns: 4, dtype: "float64" });
 * assertEquals(lsmrInPlace(workspace, diagonal(d), b).status, "converged");
 * ```
 */
export function lsmrInPlace(
  workspace: LsmrWorkspace,
  op: LinearMap,
  b: Tensor,
  options: LsmrOptions = {},
): Solution {
  checkLsmr(op, b, options);
  checkWorkspace("solve by lsmr", op, workspace, LsmrWorkspace);
  return iterate(workspace, ...systemOf(workspace, op, b, options.damping ?? 0), options);
}

function iterate(
  workspace: LsmrWorkspace,
  op: LinearMap,
  b: Tensor,
  options: LsmrOptions,
): Solution {
  const u = leading(workspace.u, op.rows), av = leading(workspace.av, op.rows);
  const fit = (vector: Tensor): Tensor => leading(vector, op.columns);
  const x = fit(workspace.x), v = fit(workspace.v), atu = fit(workspace.atu);
  const h = fit(workspace.h), hBar = fit(workspace.hBar);
  const progress = new Progress(op, b, options);
  const best = new BestIterate(op, b, x, fit(workspace.best));
  const { normalTolerance = 0 } = options;
  let alpha = 0, alphaBar = 0, zetaBar = 0, betaHat = 0;
  let last = START, estimate = RESIDUAL_START;

  /** Starts the bidiagonalization from the residual in u. */
  const start = (residualNorm: number): void => {
    const normalNorm = norm(op.applyTranspose(u, v));
    progress.normalThreshold ??= normalTolerance * normalNorm;
    progress.verifyLeastSquares(residualNorm, normalNorm, progress.operatorNorm);
    scale(residualNorm > 0 ? 1 / residualNorm : 0, u);
    scale(normalNorm > 0 ? 1 / normalNorm : 0, v);
    alpha = alphaBar = residualNorm > 0 ? normalNorm / residualNorm : 0;
    [zetaBar, betaHat, last, estimate] = [normalNorm, residualNorm, START, RESIDUAL_START];
    copy(v, h);
    fill(hBar, 0);
  };
  const restart = (): void => {
    const residualNorm = best.settle(u);
    progress.verify(residualNorm);
    start(residualNorm);
  };

  if (loadStart(x, options.x0, b)) residual(op, x, b, u);
  else copy(b, u);
  progress.begin(x, norm(u));
  best.keep(progress.residualNorm);
  if (!progress.status) start(progress.residualNorm);

  while (true) {
    const claimsMinimum = !progress.isExact &&
      progress.claimsLeastSquares(progress.residualNorm, Math.abs(zetaBar), progress.operatorNorm);
    if (progress.needsVerification || claimsMinimum) restart();
    if (progress.status) break;

    // term 1: the next column of B
    const beta = normOf(axpbyDot(1, op.apply(v, av), -alpha, u), u);
    scale(beta > 0 ? 1 / beta : 0, u);
    const squares = axpbyDot(1, op.applyTranspose(u, atu), -beta, v);
    progress.operatorNorm = Math.max(progress.operatorNorm, hypotenuse(alpha, beta));
    alpha = normOf(squares, v);
    scale(alpha > 0 ? 1 / alpha : 0, v);
    if (!progress.isFinite(alpha) || !progress.isFinite(beta)) break;

    // term 2: two rotations
    const rho = hypotenuse(alphaBar, beta);
    const c = alphaBar / rho, s = beta / rho, theta = s * alpha;
    alphaBar = c * alpha;
    const thetaBar = last.sBar * rho, rhoBar = hypotenuse(last.cBar * rho, theta);
    const cBar = last.cBar * rho / rhoBar, sBar = theta / rhoBar, zeta = cBar * zetaBar;
    const gain = Math.abs(zetaBar) * cBar * cBar / (1 + sBar);

    // term 3: the direction, and the step along it
    const extent = axpbyMaxAbs(1, h, -thetaBar * rho / (last.rho * last.rhoBar), hBar);
    const length = zeta / (rho * rhoBar);
    const squared = progress.operatorNorm * progress.operatorNorm;
    if (progress.isIdle(gain, Math.abs(zetaBar), squared, length, extent)) {
      if (progress.isExact) progress.verdict = "breakdown";
      else restart();
      continue;
    }
    if (!progress.canStep(length, extent)) break;
    axpy(length, hBar, x);
    zetaBar *= -sBar;
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

  if (!progress.isExact) progress.conclude(best.settle(u));
  return progress.outcome(x);
}

/**
 * Minimizes |b - A x| for any matrix A: tall, wide, square or singular.
 *
 * |Aᵀ(b - A x)| never grows. The status is "converged" where A x = b to the tolerance, and
 * "least-squares" where b is out of reach. Near a minimum that test is met from the start, however far x may be;
 * `normalTolerance` with a `tolerance` of 0 asks for what iterations gain. A `LinearOperator` will do, and so will any object with
 * `rows`, `columns`, `dtype`, `apply` and `applyTranspose`. What `scipy.sparse.linalg.lsmr` does.
 *
 * With `damping` λ it minimizes |b - A x|² + λ² |x|². All that is said of A and of the residual, and the
 * residual norms of the solution, are then those of [A; λ I] and [b; 0].
 *
 * Shapes: b (rows), x (columns). Cost of an iteration: a product with A and one with its transpose, and
 * 8 rows + 17 columns flops. Memory: 6 vectors of columns and 2 of rows, with damping 6 of columns and 3 of
 * both together. Scalars are float64. When the recurrence claims an end, the residual is computed anew; if it does not
 * agree, the solve starts again from it, until that no longer helps. It ends as "breakdown" too where a step lengthens x
 * and takes less off |Aᵀr| than the rounding of its products.
 *
 * @throws {TypeError} when a size or dtype does not fit, or the operator has no transpose.
 * @throws {RangeError} when an option has no meaning.
 * @throws {NonFiniteError} when an element of b or x0 is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { lsmr, tensor } from "curvature";
 * import { denseOperator } from "curvature/operators";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * using a = tensor([[1, 1], [1, 1]], { dtype: "float64" });
 * using b = tensor([3, 1], { dtype: "float64" });
 * using solution = lsmr(denseOperator(a), b);
 * assertEquals(solution.status, "least-squares");
 * assertAlmostEquals(solution.x.data[0], 1);
 * ```
 */
export function lsmr(op: LinearMap, b: Tensor, options: LsmrOptions = {}): Owned<Solution> {
  checkLsmr(op, b, options);
  const workspace = new LsmrWorkspace(op, { isDamped: (options.damping ?? 0) > 0 });
  try {
    const solution = lsmrInPlace(workspace, op, b, options);
    return handOver(workspace.scope, solution, [solution.x]);
  } finally {
    workspace.dispose();
  }
}

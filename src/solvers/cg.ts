// Conjugate gradients for A x = b with symmetric A.
//
//   r = b - A x      the residual                 z = M⁻¹ r   preconditioned
//   p                the search direction         q = A p
//   φ = ½ xᵀA x - bᵀx, which x minimizes over a space that grows by one direction in each iteration
//
// Source: Hestenes & Stiefel 1952; Steihaug 1983 for the trust region; Martens 2010 for what
// Hessian-free optimization adds: values of φ, stored iterates, a rule of progress.
import type { LinearOperator } from "../linalg/operator.ts";
import {
  checkBoolean,
  checkMethods,
  checkNumber,
  checkOptions,
  namesOf,
} from "../runtime/arguments.ts";
import { axpbyMaxAbs, normOf } from "../ops/fused_vector.ts";
import { copy, dot, norm } from "../ops/vector.ts";
import { kernels } from "../runtime/instance.ts";
import { finish, type InParts } from "../runtime/parts.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  checkDeclaredSymmetric,
  checkPreconditioner,
  checkSystem,
  checkWorkspace,
  verifySymmetry,
} from "./_checks.ts";
import { BestIterate } from "./_best_iterate.ts";
import { leading } from "./_leading.ts";
import { Progress } from "./_progress.ts";
import { IterateStore, type StoredIterate } from "./stored_iterates.ts";
import { handOver, loadStart, normOfResidual, squaresOfResidual } from "./_system.ts";
import { isInside, lengthToBoundary } from "./_trust_region.ts";
import { type SystemSize, systemSize, Workspace } from "./workspace.ts";
import { type Owned, type Solution, SOLVER_NAMES, type SolverOptions } from "./solver.ts";
import type { StopRule } from "./stop_rule.ts";

/** Options of `cg()`. */
export interface CgOptions extends SolverOptions {
  /** M⁻¹, an operator near A⁻¹, symmetric and positive definite. @default the identity */
  readonly preconditioner?: LinearOperator;
  /** Ends the solve early, for example `martens()`. @default none */
  readonly stop?: StopRule;
  /** Largest |x|: the solve ends on the boundary of this ball. @default none */
  readonly trustRadius?: number;
  /** Keep copies of iterates 5, 7, 9, 11, 15, 19, 25, 32, … and the last. @default false */
  readonly storeIterates?: boolean;
  /** Compare u·A v with v·A u for two random vectors first. @default false */
  readonly verifySymmetry?: boolean;
}

const NAMES = namesOf<CgOptions, SolverOptions>({
  preconditioner: true,
  stop: true,
  trustRadius: true,
  storeIterates: true,
  verifySymmetry: true,
}, SOLVER_NAMES);

/** What `cg()` found. */
export interface CgSolution extends Solution {
  /** ½ xᵀA x - bᵀx. */
  readonly phi: number;
  /** With "negative-curvature": p (n), for which pᵀA p ≤ 0 and pᵀ(b - A x) > 0. */
  readonly direction?: Tensor;
  /** The stored iterates, if asked for; the last one is x. */
  readonly iterates?: readonly StoredIterate[];
}

/** Options of a `CgWorkspace`. */
export interface CgWorkspaceOptions {
  /** Plan for a preconditioner. @default false */
  readonly isPreconditioned?: boolean;
  /** Plan stored iterates of so many iterations. @default 0 */
  readonly storedIterations?: number;
}

const WORKSPACE_NAMES = namesOf<CgWorkspaceOptions>({
  isPreconditioned: true,
  storedIterations: true,
});

/** The vectors of `cgInPlace()`: x, the best of them, r, p, q, and z with a preconditioner; 5 or 6 of n elements. */
export class CgWorkspace extends Workspace {
  /** The residual. */
  readonly r: Tensor;
  /** The search direction. */
  readonly p: Tensor;
  /** Its product with A. */
  readonly q: Tensor;
  /** The best iterate so far. */
  readonly best: Tensor;
  /** Copies of iterates. */
  readonly iterates: IterateStore;
  #z: Tensor | undefined;

  /** Plans for systems of at most an order, and of a dtype, for example those of an operator. */
  constructor(system: SystemSize, options: CgWorkspaceOptions = {}) {
    const { size, dtype } = systemSize(system);
    checkOptions("plan a workspace", options, WORKSPACE_NAMES);
    const { storedIterations = 0, isPreconditioned = false } = options;
    checkNumber("plan a workspace", "storedIterations", storedIterations, "whole");
    checkBoolean("plan a workspace", "isPreconditioned", isPreconditioned);
    super(dtype, size);
    this.r = this.vector(dtype, size);
    this.p = this.vector(dtype, size);
    this.q = this.vector(dtype, size);
    this.best = this.vector(dtype, size);
    this.iterates = new IterateStore(() => this.further());
    this.iterates.plan(storedIterations, () => this.vector(dtype, size));
    if (isPreconditioned) this.#z = this.vector(dtype, size);
  }

  /** The preconditioned residual; planned at first use unless it was planned before. */
  get z(): Tensor {
    return this.#z ??= this.further();
  }
}

function checkCg(op: LinearOperator, b: Tensor, options: CgOptions): void {
  const action = "solve by cg";
  checkDeclaredSymmetric(action, op);
  checkSystem(action, op, b, options, NAMES);
  const { preconditioner, trustRadius, x0, stop } = options;
  const { storeIterates = false, verifySymmetry = false } = options;
  checkBoolean(action, "storeIterates", storeIterates);
  checkBoolean(action, "verifySymmetry", verifySymmetry);
  if (stop !== undefined) {
    checkMethods(
      action,
      "the stop rule",
      stop,
      ["isSatisfied"],
      "a stop rule, such as martens() makes",
    );
  }
  checkPreconditioner(action, op, preconditioner);
  if (trustRadius === undefined) return;
  if (trustRadius !== Infinity) checkNumber(action, "trustRadius", trustRadius, "positive");
  if (x0 && norm(x0) > trustRadius) {
    throw new RangeError(`Cannot ${action}: x0 is outside the trust region of ${trustRadius}`);
  }
}

/**
 * Solves A x = b by conjugate gradients in a workspace; as `cg()`, but it allocates no kernel memory.
 *
 * The system may be smaller than what the workspace was planned for. What the solution refers to belongs to the
 * workspace and lasts until its next solve. A start may be the workspace's own x, to go on from the solution before:
 * the x of that solution, where the system is smaller.
 *
 * @throws {TypeError} when a size or dtype does not fit, the system is larger than what the workspace was planned for,
 * or the operator does not declare to be symmetric.
 * @throws {RangeError} when an option has no meaning, or the operator is found not to be symmetric.
 * @throws {NonFiniteError} when an element of b or x0 is not finite.
 *
 * @example
 * ```ts
 * import { diagonal, memoryUsage, tensor } from "curvature";
 * import { cgInPlace, CgWorkspace } from "curvature/solvers";
 * import { assertEquals } from "@std/assert";
 *
 * using d = tensor([2, 4]);
 * using b = tensor([2, 2]);
 * using workspace = new CgWorkspace({ size: 5, dtype: "float32" });
 * const { liveBytes } = memoryUsage();
 * const { x, status } = cgInPlace(workspace, diagonal(d), b);
 * assertEquals(status, "converged");
 * assertEquals(x.toArray(), [1, 0.5]);
 * assertEquals(memoryUsage().liveBytes, liveBytes);
 * ```
 */
export function cgInPlace(
  workspace: CgWorkspace,
  op: LinearOperator,
  b: Tensor,
  options: CgOptions = {},
): CgSolution {
  return finish("solve by cg", cgInParts(workspace, op, b, options));
}

/** The same, with a pause after each iteration. */
export function* cgInParts(
  workspace: CgWorkspace,
  op: LinearOperator,
  b: Tensor,
  options: CgOptions = {},
): InParts<CgSolution> {
  checkCg(op, b, options);
  checkWorkspace("solve by cg", op, workspace, CgWorkspace);
  if (options.verifySymmetry) verifySymmetry("solve by cg", op, leading(workspace.q, op.size));
  // A stop rule or a trust region says itself when x is good enough, whatever the residual.
  const endsByResidual = options.stop === undefined && options.trustRadius === undefined;
  return yield* iterateCg(workspace, op, b, options, endsByResidual ? "best" : "last");
}

/**
 * The iterate that a solve ends with: the "last" one, or the "best" by residual where the last has left its way, as it
 * does where A is singular to working precision; "unmeasured" is the last with the residual of the recurrence.
 */
export type CgEnding = "best" | "last" | "unmeasured";

/** The iteration of `cgInPlace()`, for arguments that were checked, with a pause after each. */
export function* iterateCg(
  workspace: CgWorkspace,
  op: LinearOperator,
  b: Tensor,
  options: CgOptions,
  ending: CgEnding,
): InParts<CgSolution> {
  const { iterates } = workspace;
  const fit = (vector: Tensor): Tensor => leading(vector, op.size);
  const x = fit(workspace.x), r = fit(workspace.r), p = fit(workspace.p), q = fit(workspace.q);
  const { preconditioner, stop, trustRadius, storeIterates = false } = options;
  const z = preconditioner ? fit(workspace.z) : r;
  const { cg_update } = kernels(op.dtype);
  const progress = new Progress(op, b, options);
  const best = ending === "best" ? new BestIterate(op, b, x, fit(workspace.best)) : undefined;
  const needsPhi = stop !== undefined || storeIterates || options.history === true;
  const phi = (): number => -0.5 * (dot(x, b) + dot(x, r));
  let rho = 0, leastRho = Infinity, curvature = 1;
  // |p|², and |A| at least, in the norms of M and M⁻¹.
  let squared = 0, operatorNorm = 0;

  /** r · r of the present r. */
  let squares = loadStart(x, options.x0, b) ? squaresOfResidual(op, x, b, r) : dot(copy(b, r), r);
  progress.begin(x, normOf(squares, r));
  best?.keep(progress.residualNorm);
  iterates.clear();
  if (needsPhi) progress.phi.push(phi());

  while (true) {
    if (progress.needsVerification) {
      squares = squaresOfResidual(op, x, b, r);
      progress.verify(normOf(squares, r));
    }
    if (stop?.isSatisfied(progress.phi)) progress.verdict ??= "stopped";
    if (progress.status) break;

    const rhoBefore = rho;
    rho = preconditioner ? dot(r, preconditioner.apply(r, z)) : squares;
    if (!progress.isUsable(rho)) break;
    leastRho = Math.min(leastRho, rho);
    // From a residual that was computed anew, the directions before are of no use.
    const beta = progress.isExact ? 0 : rho / rhoBefore;
    const extent = axpbyMaxAbs(1, z, beta, p);
    squared = rho + beta * beta * squared;

    curvature = dot(p, op.apply(p, q));
    if (!progress.isFinite(curvature)) break;
    let length = rho / curvature;
    if (best && curvature > 0) {
      operatorNorm = Math.max(operatorNorm, 1 / length);
      // Either is at most the condition number, wherever b is within reach.
      const condition = Math.max(operatorNorm * squared / curvature, rho / leastRho);
      if (progress.isSingular(condition)) progress.verdict = "breakdown";
      if (progress.verdict) break;
      best.offer(progress.residualNorm);
    }
    const isLast = !(curvature > 0) ||
      (trustRadius !== undefined && !isInside(trustRadius, x, length, p));
    if (isLast) {
      const isBounded = curvature > 0 || op.isPositiveSemidefinite;
      progress.verdict = isBounded
        ? trustRadius === undefined ? "breakdown" : "boundary"
        : "negative-curvature";
      if (trustRadius === undefined) break;
      length = lengthToBoundary(trustRadius, x, p);
    }
    if (!progress.canStep(length, extent)) break;
    squares = cg_update(x.size, length, p.pointer, x.pointer, q.pointer, r.pointer);
    progress.advance(normOf(squares, r));
    if (needsPhi) progress.phi.push(phi());
    if (storeIterates) iterates.offer(progress.iterations, x, progress.phi.at(-1) as number);
    yield;
  }

  const { status } = progress;
  const mayBeAstray = status === "breakdown" ||
    (status === "max-iterations" && best?.isFarBelow(progress.residualNorm));
  if (best && mayBeAstray) progress.conclude(best.settle(r));
  const energy = phi();
  const isMeasured = progress.isExact || ending === "unmeasured";
  if (!isMeasured) progress.conclude(normOfResidual(op, x, b, q));
  return {
    ...progress.outcome(x),
    phi: energy,
    ...(progress.status === "negative-curvature" && { direction: p }),
    ...(storeIterates && { iterates: iterates.close(progress.iterations, x, energy) }),
  };
}

/**
 * Solves A x = b for symmetric A by conjugate gradients.
 *
 * For positive definite A, and for what Newton's methods need when it is not: a direction of negative
 * curvature is part of the solution, `trustRadius` gives Steihaug's step to the boundary along it, and
 * `stop: martens()` with `storeIterates` serves Hessian-free optimization. An operator that declares to be
 * positive semidefinite has no negative curvature: where rounding shows some, the status is "breakdown",
 * or "boundary" in a trust region. The first solver to try; `minres()` for A that is indefinite or
 * singular.
 *
 * Shapes: b and x (n). Cost of an iteration: one product and 12 n flops. Memory: 5 vectors, 6 with a
 * preconditioner. Scalars are float64. When the recurrence claims convergence, the residual is computed
 * anew; if it does not agree, the solve goes on from it, until that no longer helps.
 *
 * Where b is out of reach of a singular A the method diverges. Without a stop rule or a trust region the solve then ends
 * as "breakdown", when an estimate of the condition number passes 0.1/ε, with an iterate whose residual is at most twice
 * the smallest that it met; so it does at the limit of iterations where the last residual is ε^(-1/4) times that.
 *
 * @param op An operator that declares to be symmetric.
 * @param b The right-hand side; with b = 0 the solution is 0 wherever the solve starts.
 * @throws {TypeError} when a size or dtype does not fit, or the operator does not declare to be symmetric.
 * @throws {RangeError} when an option has no meaning, or the operator is found not to be symmetric.
 * @throws {NonFiniteError} when an element of b or x0 is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * @example
 * ```ts
 * import { cg, tensor } from "curvature";
 * import { denseOperator } from "curvature/operators";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * using a = tensor([[4, 1], [1, 3]], { dtype: "float64" });
 * using b = tensor([1, 2], { dtype: "float64" });
 * using solution = cg(denseOperator(a, { isPositiveSemidefinite: true }), b);
 * assertEquals(solution.status, "converged");
 * assertAlmostEquals(solution.x.data[0], 1 / 11);
 * assertAlmostEquals(solution.x.data[1], 7 / 11);
 * ```
 */
export function cg(op: LinearOperator, b: Tensor, options: CgOptions = {}): Owned<CgSolution> {
  checkCg(op, b, options);
  const workspace = new CgWorkspace(op);
  try {
    const solution = cgInPlace(workspace, op, b, options);
    const { x, direction, iterates = [] } = solution;
    const kept = [x, ...(direction ? [direction] : []), ...iterates.map((stored) => stored.x)];
    return handOver(workspace.scope, solution, kept);
  } finally {
    workspace.dispose();
  }
}

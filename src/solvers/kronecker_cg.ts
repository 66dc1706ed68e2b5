// X of ((1 - α) C + α I) X = B for a Kronecker product C = G ⊗ A: the damped systems of EA-CG.
//
//   form           A                    iterates in      an iteration, G (n, n), A (D, D)
//   "full"         any                  X, n D numbers   a product with C and 12 n D flops
//   "compressed"   a aᵀ                 1 + n numbers    2 n² + 12 n flops
//   "direct"       a aᵀ                 none             n³/3 flops once
//
// Source: Chen, Chou & Chang 2019 (arXiv 1802.06502); the share α, the tolerance 0.1 and 50 iterations after
// Dangel's account of its second version. The other two forms are ours.
import { KroneckerGramOperator } from "../linalg/operators/kronecker_gram.ts";
import type { LinearOperator } from "../linalg/operator.ts";
import { Matrix, matrix } from "../ops/matrix.ts";
import { firstNonFinite, norm, scaleWide } from "../ops/vector.ts";
import { checkNumber, describe, withDefaults } from "../runtime/arguments.ts";
import { finish } from "../runtime/parts.ts";
import { Scope } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkDeclaredSymmetric, checkFiniteVector } from "./_checks.ts";
import { handOver, normOfResidual } from "./_system.ts";
import { CgWorkspace, iterateCg } from "./cg.ts";
import { solveRankOne } from "./rank_one_system.ts";
import { factorsOf, solveFull } from "./kronecker_cg_full.ts";
import type { Owned, Solution, SolverStatus } from "./solver.ts";

const ACTION = "solve by kroneckerCg";

/** Options of `kroneckerCg()`. */
export interface KroneckerCgOptions {
  /** Share α of the identity, between 0 and 1, both excluded. @default 0.02 */
  readonly alpha?: number;
  /** What to iterate in; all but "full" need a right factor of rank one. @default "full" */
  readonly form?: "full" | "compressed" | "direct";
  /** Largest residual relative to |B|. @default 0.1 */
  readonly tolerance?: number;
  /** Most iterations. @default 50 */
  readonly maxIterations?: number;
}

type Settings = Required<KroneckerCgOptions>;

const DEFAULTS: Settings = Object.freeze({
  alpha: 0.02,
  form: "full",
  tolerance: 0.1,
  maxIterations: 50,
});

/** Rounding may leave a residual by this much above what the recurrence has. */
const SLACK = 1.01;

function checkSettings(op: LinearOperator, settings: Settings): void {
  const { alpha, form, tolerance, maxIterations } = settings;
  checkNumber(ACTION, "alpha", alpha, "proper");
  checkNumber(ACTION, "tolerance", tolerance, "non-negative");
  checkNumber(ACTION, "maxIterations", maxIterations, "whole");
  if (form === "full") return;
  if (form !== "compressed" && form !== "direct") {
    throw new TypeError(
      `Cannot ${ACTION}: form must be "full", "compressed" or "direct", not ${describe(form)}`,
    );
  }
  if (!(op instanceof KroneckerGramOperator) || !isRankOne(op)) {
    throw new TypeError(
      `Cannot ${ACTION}: the form "${form}" needs an operator that kroneckerGram() made of one row`,
    );
  }
  if (op.factor < 0) {
    throw new RangeError(`Cannot ${ACTION}: the operator's factor is negative`);
  }
}

function isRankOne({ rightRows }: KroneckerGramOperator): boolean {
  return rightRows.rows === 1 && !rightRows.hasOnes && !rightRows.patches;
}

function solveCompressed(
  op: KroneckerGramOperator,
  b: Tensor,
  x: Tensor,
  scope: Scope,
  { alpha, form, tolerance, maxIterations }: Settings,
): Solution {
  const { left, rightRows, factor } = op, { dtype } = op;
  const [n, d] = [left.shape[0], rightRows.columns];
  const make = (size: number, precise = false): Tensor =>
    scope.own(new Tensor(precise ? "float64" : dtype, [size]));
  const vector = scaleWide(Math.sqrt(factor), rightRows.tensor.view([d]), 1, make(d));
  const isDirect = form === "direct";
  const work = {
    ...{ unit: make(d), u: make(n), v: make(n) },
    ...{ factor: make(isDirect ? n * n : 0, true), precise: make(isDirect ? n : 0, true) },
  };
  const outcome = solveRankOne(
    isDirect ? "direct" : "compressed",
    { hessian: left, vector, alpha },
    new Matrix(b, n, d, d),
    matrix(x.view([n, d])),
    { tolerance, maxIterations },
    work,
  );
  const { iterations, isSound } = outcome;
  const r = make(op.size), damped = op.scale(1 - alpha).add(alpha);
  const residualNorm = normOfResidual(damped, x, b, r);
  const isWithin = residualNorm <= SLACK * tolerance * norm(b);
  const isFinite = residualNorm < Infinity && firstNonFinite(x) < 0;
  const status: SolverStatus = !isFinite
    ? "non-finite"
    : isSound && isWithin
    ? "converged"
    : isSound && form === "compressed" && iterations >= maxIterations
    ? "max-iterations"
    : "breakdown";
  if (!isFinite) x.data.fill(0);
  return { x, status, iterations, residualNorm };
}

/**
 * Solves ((1 - α) C + α I) x = b for a Kronecker product C, by conjugate gradients from 0.
 *
 * "full" iterates in x, as EA-CG was published, for any symmetric C: right factors of rank one, stored by
 * `kronecker()` or implicit by `kroneckerGram()`. For those of rank one "compressed" has the same iterates at a
 * cost that does not depend on the number of inputs, and "direct" solves exactly. In all of them what b has
 * orthogonal to a is divided by α: 1/α acts there as a learning rate.
 *
 * Shapes: b and x of the operator's size. Memory: 4 vectors for "full" and what a product needs; n for "compressed", n² for "direct".
 * Scalars are float64. "converged" is said of a residual that was computed anew.
 *
 * @param op C, by `kronecker()`, `kroneckerGram()` or anything else that declares to be symmetric.
 * @throws {TypeError} when a size or dtype does not fit, C does not declare to be symmetric, or its form does not
 * suit.
 * @throws {RangeError} when α is not between 0 and 1, or a limit has no meaning.
 * @throws {NonFiniteError} when an element of b is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * Source: Chen, Chou & Chang 2019 (arXiv 1802.06502), after Dangel's account of its second version.
 *
 * @example
 * ```ts
 * import { kroneckerCg, tensor } from "curvature";
 * import { matrix } from "curvature/linalg";
 * import { kroneckerGram } from "curvature/operators";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * using h = tensor([[2, 0], [0, 1]], { dtype: "float64" });
 * using mean = tensor([[1, 1]], { dtype: "float64" });
 * using b = tensor([[2, 2], [0, 1]], { dtype: "float64" });
 * using op = kroneckerGram(h, matrix(mean), 1, { isPositiveSemidefinite: true });
 * using exact = kroneckerCg(op, b, { alpha: 0.5, form: "direct" });
 * assertEquals(exact.status, "converged");
 * using iterated = kroneckerCg(op, b, { alpha: 0.5, form: "compressed", tolerance: 1e-12 });
 * assertAlmostEquals(iterated.x.data[0], exact.x.data[0]);
 * ```
 */
export function kroneckerCg(
  op: LinearOperator,
  b: Tensor,
  options: KroneckerCgOptions = {},
): Owned<Solution> {
  checkDeclaredSymmetric(ACTION, op);
  checkFiniteVector(ACTION, op, b, "b");
  const settings = withDefaults(ACTION, options, DEFAULTS);
  checkSettings(op, settings);
  const { alpha, form, tolerance, maxIterations } = settings;
  const scope = new Scope();
  try {
    const factors = form === "full" ? factorsOf(op) : undefined;
    if (factors) {
      const x = scope.own(new Tensor(op.dtype, [op.size]));
      const { isPositiveSemidefinite } = op;
      const solution = solveFull(factors, b, x, scope, { ...settings, isPositiveSemidefinite });
      return handOver(scope, solution, [x]);
    }
    if (form === "full") {
      const workspace = scope.own(new CgWorkspace(op));
      const damped = op.scale(1 - alpha).add(alpha);
      // The damping bounds what a step can do, and of few iterations the last is the best in the norm of the system.
      const limits = { tolerance, maxIterations };
      const solution = finish(ACTION, iterateCg(workspace, damped, b, limits, "last"));
      return handOver(workspace.scope, solution, [solution.x]);
    }
    const x = scope.own(new Tensor(op.dtype, b.shape));
    const solution = solveCompressed(op as KroneckerGramOperator, b, x, scope, settings);
    return handOver(scope, solution, [x]);
  } finally {
    scope.dispose();
  }
}

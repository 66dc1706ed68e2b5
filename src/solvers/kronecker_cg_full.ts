// ((1 - α) C + α I) X = B for a Kronecker product C by conjugate gradients in X, all iterations in one kernel: what
// iterateCg() does with the damped operator, in the same order.
import { KroneckerOperator } from "../linalg/operators/kronecker.ts";
import { KroneckerGramOperator } from "../linalg/operators/kronecker_gram.ts";
import type { LinearOperator } from "../linalg/operator.ts";
import { flagsOfRight, productWorkspace, strideOf } from "../ops/gemm.ts";
import { type Matrix, matrix } from "../ops/matrix.ts";
import { GEOMETRY_BYTES } from "../ops/patch_geometry.ts";
import { kernels } from "../runtime/instance.ts";
import { floatView } from "../runtime/memory.ts";
import type { Scope } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { LARGEST_COUNT } from "./rank_one_system.ts";
import type { Solution, SolverStatus } from "./solver.ts";

/** Statuses by the number that the kernel has for them; 3, where pᵀA p is not positive, depends on the operator. */
const STATUSES: readonly (SolverStatus | undefined)[] = [
  "converged",
  "max-iterations",
  "breakdown",
  undefined,
  "non-finite",
];

/** A Kronecker product by its factors; the rows are A itself where it is stored, else C = G ⊗ factor RᵀR. */
interface Factors {
  readonly left: Tensor;
  readonly rows: Matrix;
  readonly factor: number;
  readonly isStored: boolean;
}

/** The factors of an operator that has them. */
export function factorsOf(op: LinearOperator): Factors | undefined {
  if (op instanceof KroneckerOperator) {
    return { left: op.left, rows: matrix(op.right), factor: 1, isStored: true };
  }
  if (op instanceof KroneckerGramOperator) {
    return { left: op.left, rows: op.rightRows, factor: op.factor, isStored: false };
  }
  return undefined;
}

/** Writes x; what else the iteration needs belongs to the scope. */
export function solveFull(
  { left, rows, factor, isStored }: Factors,
  b: Tensor,
  x: Tensor,
  scope: Scope,
  { alpha, tolerance, maxIterations, isPositiveSemidefinite }: {
    readonly alpha: number;
    readonly tolerance: number;
    readonly maxIterations: number;
    readonly isPositiveSemidefinite: boolean;
  },
): Solution {
  const { dtype, size } = x, [m] = left.shape;
  const make = (count: number): Tensor => scope.own(new Tensor(dtype, [count]));
  const [r, p, q] = [make(size), make(size), make(size)];
  const between = make(m * rows.rows), beside = make(isStored ? 0 : m * rows.rows);
  const [work, results] = productWorkspace();
  const stride = strideOf(rows, results + GEOMETRY_BYTES);
  const code = kernels(dtype).kronecker_cg(
    ...[isStored ? 1 : 0, flagsOfRight(rows), m, rows.columns, rows.rows, factor] as const,
    ...[left.pointer, rows.tensor.pointer, stride, between.pointer, beside.pointer] as const,
    ...[alpha, tolerance, Math.min(maxIterations, LARGEST_COUNT), b.pointer, x.pointer] as const,
    ...[r.pointer, p.pointer, q.pointer, results, work] as const,
  );
  const [residualNorm, iterations] = floatView("float64", results, 2);
  const withoutCurvature = isPositiveSemidefinite ? "breakdown" : "negative-curvature";
  return { x, status: STATUSES[code] ?? withoutCurvature, iterations, residualNorm };
}

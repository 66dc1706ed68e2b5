// Singular systems, consistent or not, with tolerances that can be met and others far below what rounding allows.
import {
  cg,
  diagonal,
  type DType,
  lsmr,
  minres,
  Scope,
  type Solution,
  type SolverOptions,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { denseOperator, type LinearOperator } from "../../operators.ts";
import { near, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  CG_RISE,
  residualBound,
  UNATTAINABLE_EXCESS,
  UNATTAINABLE_GROWTH,
} from "../_support/tolerance.ts";
import { DTYPES } from "../_support/twins.ts";
import { length, square, times } from "../oracles/dense_algebra.ts";
import { uniform, withEigenvalues } from "../oracles/symmetric_matrices.ts";

/** Most iterations, in units of the unknowns. */
const LIMIT = 10;
const ORDERS = [5, 20, 60];
const TOLERANCES = [undefined, 1e-6, 1e-10, 1e-14, 0];
/** The part of b that is out of reach, relative to the other. */
const PARTS = [0, 1e-8, 1e-4, 1];

interface SingularCase {
  readonly name: string;
  readonly rows: readonly (readonly number[])[];
  readonly op: LinearOperator;
  readonly b: Tensor;
  readonly preconditioner: LinearOperator;
  /** The smallest eigenvalue that is not zero; the largest is 1. */
  readonly smallest: number;
  /** |b - A x| of the best x. */
  readonly least: number;
}

interface Kind {
  readonly n: number;
  readonly decades: number;
  readonly isIndefinite: boolean;
  readonly part: number;
  readonly dtype: DType;
}

function singularCase(scope: Scope, { n, decades, isIndefinite, part, dtype }: Kind): SingularCase {
  const nulls = Math.max(1, Math.floor(n / 10)), seed = n + decades;
  const spectrum = Array.from({ length: n }, (_, i) => {
    const size = 10 ** (-decades * (i - nulls) / Math.max(1, n - nulls - 1));
    return i < nulls ? 0 : isIndefinite && i % 2 ? -size : size;
  });
  const nullSpace = square(withEigenvalues(spectrum.map((e) => e === 0 ? 1 : 0), seed));
  const lower = square(withEigenvalues(spectrum, seed)), next = uniform(31 * n + decades);
  const vector = (): number[] => Array.from({ length: n }, next);
  const a = scope.own(
    tensor(lower.map((_, i) => lower.map((_, j) => lower[Math.max(i, j)][Math.min(i, j)])), {
      dtype,
    }),
  );
  const rows = square(a.data);
  const within = times(rows, vector()), beyond = times(nullSpace, vector());
  const factor = part * length(within) / length(beyond);
  const b = scope.own(tensor(Array.from(within, (v, i) => v + factor * beyond[i]), { dtype }));
  const d = scope.own(tensor(vector().map((v) => 1.5 + v), { dtype }));
  return {
    name: `n = ${n}, 1e${decades}, ${
      isIndefinite ? "indefinite" : "semidefinite"
    }, part ${part}, ${dtype}`,
    rows: rows.map((row) => [...row]),
    op: scope.own(denseOperator(a, { isSymmetric: true, isPositiveSemidefinite: !isIndefinite })),
    b,
    preconditioner: scope.own(diagonal(d, { isPositiveSemidefinite: true })),
    smallest: 10 ** -decades,
    least: part * length(within),
  };
}

type Solver = (item: SingularCase, options: SolverOptions) => Solution & { dispose(): void };

const SOLVERS: Readonly<Record<string, Solver>> = {
  minres: ({ op, b }, options) => minres(op, b, options),
  "minres, preconditioned": ({ op, b, preconditioner }, options) =>
    minres(op, b, { ...options, preconditioner }),
  cg: ({ op, b }, options) => cg(op, b, options),
  "cg, preconditioned": ({ op, b, preconditioner }, options) =>
    cg(op, b, { ...options, preconditioner }),
  lsmr: ({ op, b }, options) => lsmr(op, b, options),
};

/** Visits every system of moderate condition with every tolerance; `solver` by name. */
function forEachSolve(
  solver: string,
  decades: readonly number[],
  visit: (item: SingularCase, solution: Solution, what: string) => void,
): void {
  for (const dtype of DTYPES) {
    for (const n of ORDERS) {
      for (const count of decades) {
        for (const isIndefinite of [false, true]) {
          for (const part of PARTS) {
            using scope = new Scope();
            const item = singularCase(scope, { n, decades: count, isIndefinite, part, dtype });
            for (const tolerance of TOLERANCES) {
              const options = {
                ...(tolerance !== undefined && { tolerance }),
                maxIterations: LIMIT * n,
              };
              const solution = SOLVERS[solver](item, options);
              const what = `${solver}: ${item.name}, tolerance ${tolerance}, ${solution.status}`;
              visit(item, solution, what);
              solution.dispose();
            }
          }
        }
      }
    }
  }
}

function residualOf({ rows, b }: SingularCase, { x }: Solution): number {
  const product = times(rows, x.data);
  return length(Array.from(b.data, (value, i) => value - product[i]));
}

for (const solver of Object.keys(SOLVERS)) {
  test(`${solver}: the residual of a singular system is the true one, whatever the status`, () => {
    forEachSolve(solver, [0, 2, 5], (item, solution, what) => {
      const size = length(item.b.data) + length(solution.x.data);
      const { size: order, dtype } = item.op, bound = residualBound(order, dtype) * size;
      near(solution.residualNorm, residualOf(item, solution), bound, what);
      const rise = solution.residualNorm / length(item.b.data);
      const highest = solver.startsWith("cg") ? CG_RISE[dtype] : 1 + UNATTAINABLE_EXCESS[dtype];
      const isBounded = solution.status !== "negative-curvature";
      ok(rise <= highest || !isBounded, `${what}: ${rise} |b|`);
    });
  });
}

for (const solver of ["minres", "cg", "lsmr"]) {
  test(`${solver}: x of a singular system stays small however small the tolerance`, () => {
    forEachSolve(solver, [0, 1, 2], (item, solution, what) => {
      const growth = length(solution.x.data) * item.smallest / length(item.b.data);
      ok(growth <= UNATTAINABLE_GROWTH, `${what}: |x| is ${growth} |b| / σ`);
    });
  });
}

for (const solver of ["minres", "lsmr"]) {
  test(`${solver}: x of a singular system is as good as any however small the tolerance`, () => {
    forEachSolve(solver, [0, 1, 2], (item, solution, what) => {
      const excess = (residualOf(item, solution) - item.least) / length(item.b.data);
      ok(excess <= UNATTAINABLE_EXCESS[item.op.dtype], `${what}: excess of ${excess}`);
    });
  });
}

// Systems small enough to know by hand how each must end.
import {
  cg,
  type CgOptions,
  diagonal,
  lsmr,
  minres,
  type SolverOptions,
  tensor,
} from "../../mod.ts";
import { direct } from "../../solvers.ts";
import { denseOperator, linearOperator } from "../../operators.ts";
import type { LinearOperator } from "../../src/linalg/operator.ts";
import type { SolverStatus } from "../../src/solvers/solver.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const dtype = "float64";
const keep: Tensor[] = [];

function vector(...data: number[]): Tensor {
  const made = tensor(data, { dtype });
  keep.push(made);
  return made;
}

function dense(...rows: number[][]): LinearOperator {
  const made = tensor(rows, { dtype });
  keep.push(made);
  return denseOperator(made, { isSymmetric: true });
}

function diag(...d: number[]): LinearOperator {
  return diagonal(vector(...d));
}

function semidefinite(...d: number[]): LinearOperator {
  return diagonal(vector(...d), { isPositiveSemidefinite: true });
}

/** Multiplies as `op` does until call number `count`, whose product is `value`. */
function failing(op: LinearOperator, count: number, value: number): LinearOperator {
  let calls = 0;
  return linearOperator({
    size: op.size,
    dtype,
    isSymmetric: true,
    apply: (v, out) => ++calls === count ? out.data.fill(value) : op.apply(v, out),
  });
}

/** Aborts the signal within call number `count`. */
function aborting(op: LinearOperator, count: number, controller: AbortController): LinearOperator {
  let calls = 0;
  return linearOperator({
    size: op.size,
    dtype,
    isSymmetric: true,
    apply: (v, out) => {
      if (++calls === count) controller.abort();
      op.apply(v, out);
    },
  });
}

const DEFINITE = (): LinearOperator => dense([4, 1, 0], [1, 3, 1], [0, 1, 2]);
const b = vector(1, 2, 3);

type Row = [what: string, op: () => LinearOperator, b: Tensor, status: SolverStatus, CgOptions?];

const CG: Row[] = [
  ["positive definite", DEFINITE, b, "converged"],
  ["the identity", () => diag(1, 1, 1), b, "converged"],
  ["order 1", () => diag(7), vector(14), "converged"],
  ["b = 0", DEFINITE, vector(0, 0, 0), "converged"],
  ["b = 0 and another start", DEFINITE, vector(0, 0, 0), "converged", { x0: vector(5, 5, 5) }],
  ["b = 0 and the zero operator", () => diag(0, 0, 0), vector(0, 0, 0), "converged"],
  ["exact start", () => diag(1, 2, 4), b, "converged", {
    x0: vector(1, 1, 0.75),
    maxIterations: 0,
  }],
  ["singular, consistent", () => diag(1, 2, 0), vector(1, 2, 0), "converged"],
  ["indefinite, convex where b is", () => diag(1, 2, -1), vector(1, 2, 0), "converged"],
  ["an absolute tolerance", DEFINITE, b, "converged", { maxIterations: 0, absoluteTolerance: 4 }],
  ["a relative tolerance", DEFINITE, b, "converged", { maxIterations: 0, tolerance: 1 }],
  ["preconditioned", DEFINITE, b, "converged", { preconditioner: diag(1 / 4, 1 / 3, 1 / 2) }],
  ["inside the trust region", DEFINITE, b, "converged", { trustRadius: 100 }],
  ["negative definite", () => diag(-1, -2, -3), b, "negative-curvature"],
  ["indefinite", () => diag(1, -1, 1), vector(0, 1, 0), "negative-curvature"],
  ["the zero operator", () => diag(0, 0, 0), b, "negative-curvature"],
  ["singular, inconsistent", () => diag(0, 1, 1), vector(1, 0, 0), "negative-curvature"],
  ["negative curvature in a trust region", () => diag(-20, 1, 1), b, "negative-curvature", {
    trustRadius: 1,
  }],
  ["semidefinite, inconsistent", () => semidefinite(0, 1, 1), vector(1, 0, 0), "breakdown"],
  ["semidefinite in a trust region", () => semidefinite(0, 1, 1), vector(1, 0, 0), "boundary", {
    trustRadius: 1,
  }],
  ["beyond the trust region", DEFINITE, b, "boundary", { trustRadius: 0.1 }],
  ["too few iterations", DEFINITE, b, "max-iterations", { maxIterations: 2 }],
  ["no iterations", DEFINITE, b, "max-iterations", { maxIterations: 0 }],
  ["a tolerance of 0", () => dense([1, 1 / 3], [1 / 3, 1 / 7]), vector(1, 0.1), "breakdown", {
    tolerance: 0,
    maxIterations: 99,
  }],
  ["a negative preconditioner", DEFINITE, b, "breakdown", { preconditioner: diag(-1, -1, -1) }],
  ["a zero preconditioner", DEFINITE, b, "breakdown", { preconditioner: diag(0, 0, 0) }],
  ["NaN in the first product", () => failing(DEFINITE(), 1, NaN), b, "non-finite"],
  ["infinity in the second", () => failing(DEFINITE(), 2, Infinity), b, "non-finite"],
  ["NaN when the residual is computed anew", () => failing(DEFINITE(), 4, NaN), b, "non-finite"],
  ["NaN from the preconditioner", DEFINITE, b, "non-finite", {
    preconditioner: failing(diag(1, 1, 1), 2, NaN),
  }],
  ["a solution beyond the largest number", () => diag(1e-200, 1), vector(1e150, 0), "non-finite"],
  ["an aborted signal", DEFINITE, b, "aborted", { signal: AbortSignal.abort() }],
  ["a stop rule", DEFINITE, b, "stopped", { stop: { isSatisfied: (phi) => phi.length === 2 } }],
];

const MINRES: Row[] = [
  ["positive definite", DEFINITE, b, "converged"],
  ["indefinite", () => diag(1, -1, 3), b, "converged"],
  ["b = 0", DEFINITE, vector(0, 0, 0), "converged"],
  ["exact start", () => diag(1, 2, 4), b, "converged", { x0: vector(1, 1, 0.75) }],
  ["singular, consistent", () => diag(1, 2, 0), vector(1, 2, 0), "converged"],
  ["the zero operator", () => diag(0, 0, 0), b, "least-squares"],
  ["singular, inconsistent", () => diag(0, 1, -2), b, "least-squares"],
  ["preconditioned", () => diag(1, -1, 3), b, "converged", { preconditioner: diag(1, 2, 0.3) }],
  ["preconditioned, inconsistent", () => dense([1, 1], [1, 1]), vector(1, 0), "breakdown", {
    preconditioner: diag(1, 2),
  }],
  ["a negative preconditioner", DEFINITE, b, "breakdown", { preconditioner: diag(-1, -1, -1) }],
  ["NaN from the preconditioner", DEFINITE, b, "non-finite", {
    preconditioner: failing(diag(1, 1, 1), 2, NaN),
  }],
  ["too few iterations", DEFINITE, b, "max-iterations", { maxIterations: 1 }],
  ["NaN in the second product", () => failing(DEFINITE(), 2, NaN), b, "non-finite"],
  ["an aborted signal", DEFINITE, b, "aborted", { signal: AbortSignal.abort() }],
];

const LSMR: Row[] = [
  ["positive definite", DEFINITE, b, "converged"],
  ["indefinite", () => diag(1, -1, 3), b, "converged"],
  ["b = 0", DEFINITE, vector(0, 0, 0), "converged"],
  ["exact start", () => diag(1, 2, 4), b, "converged", { x0: vector(1, 1, 0.75) }],
  ["the zero operator", () => diag(0, 0, 0), b, "least-squares"],
  ["singular, inconsistent", () => diag(0, 1, -2), b, "least-squares"],
  ["too few iterations", DEFINITE, b, "max-iterations", { maxIterations: 1 }],
  ["NaN in the second product", () => failing(DEFINITE(), 2, NaN), b, "non-finite"],
  ["an aborted signal", DEFINITE, b, "aborted", { signal: AbortSignal.abort() }],
];

const DIRECT: Row[] = [
  ["positive definite", DEFINITE, b, "converged"],
  ["b = 0", DEFINITE, vector(0, 0, 0), "converged"],
  ["indefinite", () => diag(1, -1, 3), b, "breakdown"],
  ["singular", () => diag(1, 2, 0), vector(1, 2, 0), "breakdown"],
  ["NaN in the second column", () => failing(DEFINITE(), 2, NaN), b, "non-finite"],
  ["beyond the largest number", () => diag(1e-200, 1), vector(1e150, 0), "non-finite"],
  ["an aborted signal", DEFINITE, b, "aborted", { signal: AbortSignal.abort() }],
];

type Solver = (op: LinearOperator, b: Tensor, options?: SolverOptions) => {
  readonly status: SolverStatus;
  dispose(): void;
};

const TABLES: [string, Solver, Row[]][] = [
  ["cg", cg, CG],
  ["minres", minres, MINRES],
  ["lsmr", lsmr, LSMR],
  ["direct", direct, DIRECT],
];

for (const [solver, solve, rows] of TABLES) {
  test(`${solver}() ends as it must on ${rows.length} systems made by hand`, () => {
    for (const [what, op, right, expected, options] of rows) {
      const solution = solve(op(), right, options);
      equal(solution.status, expected, `${solver}: ${what}`);
      solution.dispose();
    }
  });
}

test("a signal that is aborted within a product ends the solve after that iteration", () => {
  for (const solve of [cg, minres, lsmr]) {
    const controller = new AbortController(), { signal } = controller;
    const solution = solve(aborting(DEFINITE(), 1, controller), b, { signal });
    equal([solution.status, solution.iterations <= 1], ["aborted", true]);
    solution.dispose();
  }
});

// No solver ever says "converged" when it is not so, never hangs, and never hands out a NaN.
import { cg, lsmr, memoryUsage, minres } from "../../mod.ts";
import { direct } from "../../solvers.ts";
import type { Solution, SolverStatus } from "../../src/solvers/solver.ts";
import type { Resource } from "../../src/runtime/scope.ts";
import { norm } from "../../src/ops/vector.ts";
import { residual } from "../../src/solvers/_system.ts";
import { zeros } from "../../src/tensor/create.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { survived } from "../_support/survived.ts";
import { CONVERGENCE_SLACK, solverTolerance } from "../_support/tolerance.ts";
import { KINDS, type System, system } from "./_systems.ts";

/** Systems for each solver. */
const SYSTEMS = 2500;
const ORDERS = [1, 2, 3, 5, 8, 13, 20];

type Solver = (system: System) => Solution & Resource;

const SOLVERS: Readonly<Record<string, Solver>> = {
  cg: ({ op, b, x0, preconditioner }) =>
    cg(op, b, { ...(x0 && { x0 }), ...(preconditioner && { preconditioner }) }),
  minres: ({ op, b, x0, preconditioner }) =>
    minres(op, b, { ...(x0 && { x0 }), ...(preconditioner && { preconditioner }) }),
  lsmr: ({ op, b, x0 }) => lsmr(op, b, x0 && { x0 }),
  direct: ({ op, b }) => direct(op, b),
};

/** Statuses that a kind of system must not, or may only, end with. */
const EXPECTED: Readonly<Record<string, (solver: string, status: SolverStatus) => boolean>> = {
  "condition 1": (_, status) => status === "converged",
  "condition 1e2": (solver, status) => status === "converged" || solver === "lsmr",
  "b = 0": (_, status) => status === "converged",
  "zero operator": (_, status) => status !== "converged",
  "negative definite": (solver, status) => solver !== "cg" || status === "negative-curvature",
};

function check(solver: string, kind: string, item: System): SolverStatus {
  const { op, b } = item, name = `${solver}: ${item.name}`;
  const solution = SOLVERS[solver](item), { x, status, iterations } = solution;
  ok(x.data.every((element) => Math.abs(element) < Infinity), `${name}: x is not finite`);
  ok(iterations <= 2 * op.size, `${name}: ${iterations} iterations`);
  ok(EXPECTED[kind]?.(solver, status) ?? true, `${name}: ${status}`);
  using r = zeros([op.size], { dtype: op.dtype });
  const found = norm(residual(item.truth, x, b, r));
  if (status === "converged") {
    const allowed = CONVERGENCE_SLACK * solverTolerance(op.dtype) * norm(b);
    ok(found <= allowed, `${name}: "converged" with a residual of ${found} above ${allowed}`);
  }
  if (status !== "non-finite") equal(solution.residualNorm, found, `${name}, ${status}: residual`);
  solution.dispose();
  return status;
}

let solved = 0;

for (const solver of Object.keys(SOLVERS)) {
  test(`${solver}() is honest about ${SYSTEMS} systems of ${Object.keys(KINDS).length} kinds`, () => {
    const kinds = Object.keys(KINDS);
    // The kernels' shared scratch block is made at first use.
    const first = system(kinds[0], ORDERS[0], 0, "float64");
    check(solver, kinds[0], first);
    first.dispose();
    const { liveBytes } = memoryUsage(), counts = new Map<string, number>();
    for (let i = 0; i < SYSTEMS; i++) {
      const kind = kinds[i % kinds.length], n = ORDERS[i % ORDERS.length];
      const item = system(kind, n, i, i % 4 < 2 ? "float64" : "float32");
      const status = check(solver, kind, item);
      counts.set(status, (counts.get(status) ?? 0) + 1);
      item.dispose();
      solved++;
    }
    equal(memoryUsage().liveBytes, liveBytes, "memory");
    // Honesty is cheap for a solver that never converges.
    ok((counts.get("converged") ?? 0) > SYSTEMS / 3, `converged: ${counts.get("converged")}`);
  });
}

test("the systems of all solvers are counted", () => {
  survived(solved, "linear systems, impossible ones too");
});

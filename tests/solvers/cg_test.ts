// The identities of conjugate gradients, on one system of order 40 and condition 1e3 beside plain float64.
import { cg, diagonal, martens, tensor } from "../../mod.ts";
import { cgInPlace, CgWorkspace } from "../../solvers.ts";
import { denseOperator } from "../../operators.ts";
import type { CgSolution } from "../../src/solvers/cg.ts";
import { allNear, equal, near, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  CG_SOLUTION_BOUND,
  fewRoundings,
  identityBound,
  MONOTONE_BOUND,
  PRECONDITIONING_BOUND,
} from "../_support/tolerance.ts";
import {
  asTensor,
  eliminated,
  inner,
  length,
  type Rows,
  rowsOf,
  square,
  times,
} from "../oracles/dense_algebra.ts";
import { uniform, withEigenvalues } from "../oracles/symmetric_matrices.ts";
import { DTYPES } from "../linalg/operators/_cases.ts";

const N = 40;
const next = uniform(11);
const SPECTRUM = Array.from({ length: N }, (_, i) => 10 ** (-3 * i / (N - 1)));
const FLAT = square(withEigenvalues(SPECTRUM, 1));
const A: Rows = rowsOf(N, N, (i, j) => Math.fround(FLAT[Math.max(i, j)][Math.min(i, j)]));
const B = Array.from({ length: N }, () => Math.fround(next()));
const D = A.map((row, i) => row[i]);
const POSITIVE = { isPositiveSemidefinite: true };

/** ½ xᵀA x - bᵀx. */
function phi(x: ArrayLike<number>): number {
  return inner(times(A, x), x) / 2 - inner(B, x);
}

test("phi is ½ xᵀA x - bᵀx at every iterate and never rises", () => {
  for (const dtype of DTYPES) {
    using a = asTensor(A, dtype);
    using b = tensor(B, { dtype });
    const op = denseOperator(a, POSITIVE);
    using whole = cg(op, b, { history: true });
    const values = whole.history?.phi ?? [];
    equal(values.length, whole.iterations + 1, "values");
    for (let j = 1; j <= whole.iterations; j += 3) {
      using solution = cg(op, b, { maxIterations: j, tolerance: 0 });
      const exact = phi(solution.x.data);
      near(values[j], exact, identityBound(dtype) * Math.abs(exact), `phi ${j}`);
      near(solution.phi, exact, identityBound(dtype) * Math.abs(exact), `last phi of ${j}`);
      ok(inner(B, solution.x.data) > 0, `bᵀx after ${j}`);
    }
    const scale = Math.abs(values[values.length - 1]);
    for (let j = 1; j < values.length; j++) {
      ok(values[j] <= values[j - 1] + MONOTONE_BOUND[dtype] * scale, `phi rises at ${j}`);
    }
  }
});

test("the solution is that of elimination", () => {
  using a = asTensor(A, "float64");
  using b = tensor(B, { dtype: "float64" });
  using solution = cg(denseOperator(a, POSITIVE), b, { tolerance: identityBound("float64") });
  equal(solution.status, "converged");
  allNear(solution.x.data, eliminated(A, B), CG_SOLUTION_BOUND, "x");
});

test("the A-norm of the error never grows", () => {
  const exact = eliminated(A, B);
  using a = asTensor(A, "float64");
  using b = tensor(B, { dtype: "float64" });
  const op = denseOperator(a, POSITIVE);
  let before = Math.sqrt(inner(times(A, exact), exact));
  const first = before;
  for (let j = 1; j < N; j++) {
    using solution = cg(op, b, { maxIterations: j, tolerance: 0 });
    const error = exact.map((x, i) => x - solution.x.data[i]);
    const size = Math.sqrt(inner(times(A, error), error));
    ok(size <= before + fewRoundings("float64") * first, `iteration ${j}: ${size} after ${before}`);
    before = size;
  }
});

test("preconditioned iterates are those of the transformed system, mapped back", () => {
  const root = D.map(Math.sqrt);
  using a = asTensor(A, "float64");
  using b = tensor(B, { dtype: "float64" });
  using d = tensor(D, { dtype: "float64" });
  using transformed = asTensor(rowsOf(N, N, (i, j) => A[i][j] / root[i] / root[j]), "float64");
  using right = tensor(B.map((x, i) => x / root[i]), { dtype: "float64" });
  using preconditioner = diagonal(d, POSITIVE).inverse();
  // Conjugacy that rounding takes away would tell the two apart later on.
  for (let j = 1; j < 10; j += 2) {
    const limits = { maxIterations: j, tolerance: 0 };
    using direct = cg(denseOperator(a, POSITIVE), b, { ...limits, preconditioner });
    using mapped = cg(denseOperator(transformed, POSITIVE), right, limits);
    const back = mapped.x.data.map((x, i) => x / root[i]);
    allNear(direct.x.data, back, PRECONDITIONING_BOUND, `after ${j}`);
  }
});

test("stored iterates are 5, 7, 9, 11, 15, 19, 25, 32 and the last", () => {
  using a = asTensor(A, "float64");
  using b = tensor(B, { dtype: "float64" });
  const op = denseOperator(a, POSITIVE);
  using workspace = new CgWorkspace(op, { storedIterations: 34 });
  const options = { tolerance: 0, maxIterations: 34, storeIterates: true };
  const { iterates = [], x } = cgInPlace(workspace, op, b, options);
  equal(iterates.map(({ iteration }) => iteration), [5, 7, 9, 11, 15, 19, 25, 32, 34]);
  for (const stored of iterates) {
    using alone = cg(op, b, { tolerance: 0, maxIterations: stored.iteration });
    equal([...stored.x.data], [...alone.x.data], `iterate ${stored.iteration}`);
    equal(stored.phi, alone.phi, `phi ${stored.iteration}`);
  }
  equal([...iterates[iterates.length - 1].x.data], [...x.data], "the last");
});

test("martens() stops where his program does", () => {
  using a = asTensor(A, "float64");
  using b = tensor(B, { dtype: "float64" });
  const op = denseOperator(a, POSITIVE), tolerance = 1e-3;
  using whole = cg(op, b, { history: true, tolerance: 0, maxIterations: 60 });
  const values = whole.history?.phi ?? [];
  const first = values.findIndex((value, i) => {
    const k = Math.max(10, Math.ceil(0.1 * i));
    return i > k && values[i - k] < 0 && (value - values[i - k]) / value < k * tolerance;
  });
  using stopped = cg(op, b, { stop: martens({ tolerance }), tolerance: 0 });
  equal([stopped.status, stopped.iterations], ["stopped", first]);
  using later = cg(op, b, {
    stop: martens({ tolerance, minimumIterations: first + 3 }),
    tolerance: 0,
  });
  equal(later.iterations, first + 3);
});

test("a warm start goes on where it is, also from the workspace's own x", () => {
  using a = asTensor(A, "float64");
  using b = tensor(B, { dtype: "float64" });
  const op = denseOperator(a, POSITIVE);
  using workspace = new CgWorkspace(op);
  const cold = cgInPlace(workspace, op, b);
  equal(cold.status, "converged");
  const warm = cgInPlace(workspace, op, b, { x0: workspace.x });
  equal([warm.status, warm.iterations], ["converged", 0]);
});

test("a step to the boundary has the trust radius, and the model falls along it", () => {
  const cases: [name: string, a: Rows, status: string][] = [
    ["convex", A, "boundary"],
    [
      "indefinite",
      A.map((row, i) => row.map((x, j) => i === j ? x - 0.5 : x)),
      "negative-curvature",
    ],
  ];
  for (const [name, rows, status] of cases) {
    using a = asTensor(rows, "float64");
    using b = tensor(B, { dtype: "float64" });
    const op = denseOperator(a, { isSymmetric: true });
    let before = 0;
    for (const trustRadius of [0.01, 0.1, 1, 4]) {
      using solution = cg(op, b, { trustRadius });
      if (status === "boundary") equal(solution.status, status, name);
      near(length(solution.x.data), trustRadius, fewRoundings("float64") * trustRadius, name);
      ok(solution.phi < before, `${name}: phi ${solution.phi} after ${before}`);
      before = solution.phi;
    }
  }
});

test("negative curvature comes with its direction, along which the model falls", () => {
  const rows = A.map((row, i) => row.map((x, j) => i === j ? x - 0.5 : x));
  using a = asTensor(rows, "float64");
  using b = tensor(B, { dtype: "float64" });
  using solution: CgSolution & Disposable = cg(denseOperator(a, { isSymmetric: true }), b);
  equal(solution.status, "negative-curvature");
  const p = [...(solution.direction?.data ?? [])], x = solution.x.data;
  ok(inner(p, times(rows, p)) <= 0, "curvature");
  const r = times(rows, x).map((product, i) => B[i] - product);
  ok(inner(p, r) > 0, "slope");
});

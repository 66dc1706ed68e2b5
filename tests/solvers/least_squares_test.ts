import { denseOperator, lsmr, type Matrix, matrix, minres, tensor } from "../../mod.ts";
import type { LinearMap } from "../../src/linalg/operator.ts";
import { matvec } from "../../src/ops/matvec.ts";
import { allNear, equal, near, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { CG_SOLUTION_BOUND, fewRoundings, identityBound } from "../_support/tolerance.ts";
import {
  asTensor,
  eliminated,
  inner,
  length,
  product,
  rowsOf,
  square,
  times,
  transposed,
} from "../oracles/dense_algebra.ts";
import { uniform, withEigenvalues } from "../oracles/symmetric_matrices.ts";
import { DTYPES, randomRows } from "../linalg/operators/_cases.ts";

const M = 30, N = 12;

/** A rectangular matrix as a map. */
function mapOf(a: Matrix): LinearMap {
  return {
    rows: a.rows,
    columns: a.columns,
    dtype: a.tensor.dtype,
    apply: (v, out) => matvec(a, v, out),
    applyTranspose: (u, out) => matvec(a.T, u, out),
  };
}

test("lsmr() solves the normal equations of a tall matrix", () => {
  const a = randomRows(M, N, 1), b = randomRows(1, M, 2)[0];
  const x = eliminated(product(transposed(a), a), times(transposed(a), b));
  for (const dtype of DTYPES) {
    using stored = asTensor(a, dtype);
    using right = tensor([...b], { dtype });
    using solution = lsmr(mapOf(matrix(stored)), right, { tolerance: identityBound(dtype) });
    equal(solution.status, "least-squares");
    allNear(
      solution.x.data,
      x,
      dtype === "float64" ? CG_SOLUTION_BOUND : 10 * identityBound(dtype),
    );
    const residual = times(a, x).map((value, i) => b[i] - value);
    near(solution.residualNorm, length(residual), identityBound(dtype) * length(b), "residual");
  }
});

test("lsmr() finds the shortest solution of a wide matrix", () => {
  const a = randomRows(N, M, 3), b = randomRows(1, N, 4)[0];
  const x = times(transposed(a), eliminated(product(a, transposed(a)), b));
  using stored = asTensor(a, "float64");
  using right = tensor([...b], { dtype: "float64" });
  using solution = lsmr(mapOf(matrix(stored)), right, { tolerance: identityBound("float64") });
  equal(solution.status, "converged");
  allNear(solution.x.data, x, CG_SOLUTION_BOUND);
});

test("lsmr() never lets |Aᵀr| grow, and goes on from a start", () => {
  const a = randomRows(M, N, 5), b = randomRows(1, M, 6)[0];
  using stored = asTensor(a, "float64");
  using right = tensor([...b], { dtype: "float64" });
  const map = mapOf(matrix(stored));
  let before = Infinity;
  for (let j = 0; j <= N; j++) {
    using solution = lsmr(map, right, { tolerance: 0, maxIterations: j });
    const { x, residualNorm } = solution;
    const residual = times(a, x.data).map((value, i) => b[i] - value);
    const size = length(times(transposed(a), residual));
    ok(size <= before + fewRoundings("float64") * length(b), `iteration ${j}: ${size}`);
    near(residualNorm, length(residual), CG_SOLUTION_BOUND * length(b), `estimate ${j}`);
    before = size;
  }
  using whole = lsmr(map, right);
  using warm = lsmr(map, right, { x0: whole.x });
  ok(warm.iterations <= 1, `${warm.iterations} iterations from the solution`);
});

test("minres() never lets the residual grow, for an indefinite operator too", () => {
  const n = 30, next = uniform(7);
  const spectrum = Array.from({ length: n }, (_, i) => (i % 3 ? 1 : -1) * (1 + i));
  const rows = square(withEigenvalues(spectrum, 8)), b = Array.from({ length: n }, next);
  using a = asTensor(rowsOf(n, n, (i, j) => rows[Math.max(i, j)][Math.min(i, j)]), "float64");
  using right = tensor(b, { dtype: "float64" });
  const op = denseOperator(a, { isSymmetric: true });
  let before = length(b);
  for (let j = 1; j <= n; j++) {
    using solution = minres(op, right, { tolerance: 0, maxIterations: j });
    const residual = times(rows, solution.x.data).map((value, i) => b[i] - value);
    const size = length(residual);
    ok(size <= before + fewRoundings("float64") * length(b), `iteration ${j}: ${size}`);
    near(solution.residualNorm, size, CG_SOLUTION_BOUND * length(b), `estimate ${j}`);
    before = size;
  }
  using solution = minres(op, right, { tolerance: identityBound("float64") });
  equal(solution.status, "converged");
  allNear(solution.x.data, eliminated(rows, b), CG_SOLUTION_BOUND);
});

test("minres() on an inconsistent system minimizes the residual", () => {
  const n = 20, next = uniform(9);
  const spectrum = Array.from({ length: n }, (_, i) => i < 3 ? 0 : i - 10.5);
  const rows = square(withEigenvalues(spectrum, 10)), b = Array.from({ length: n }, next);
  using a = asTensor(rows, "float64");
  using right = tensor(b, { dtype: "float64" });
  using solution = minres(denseOperator(a, { isSymmetric: true }), right);
  equal(solution.status, "least-squares");
  const residual = times(rows, solution.x.data).map((value, i) => b[i] - value);
  const slope = times(rows, residual);
  ok(length(slope) <= 1e-7 * length(residual) * 10, `|A r| ${length(slope)}`);
  near(
    inner(residual, residual),
    inner(residual, b),
    CG_SOLUTION_BOUND * inner(b, b),
    "projection",
  );
});

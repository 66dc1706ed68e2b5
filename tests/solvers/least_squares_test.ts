import { diagonal, lsmr, minres, tensor } from "../../mod.ts";
import { lsmrInPlace, LsmrWorkspace } from "../../solvers.ts";
import { type Matrix, matrix } from "../../linalg.ts";
import { denseOperator } from "../../operators.ts";
import type { LinearMap } from "../../src/linalg/operator.ts";
import { matvec } from "../../src/ops/matvec.ts";
import { allNear, equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  CG_SOLUTION_BOUND,
  CONVERGENCE_SLACK,
  fewRoundings,
  identityBound,
  LEAST_SQUARES_SLOPE,
  PRECONDITIONING_BOUND,
} from "../_support/tolerance.ts";
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

/** A tolerance that is met too early near a minimum. */
const NEAR_MINIMUM = 1e-4;

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
  ok(length(slope) <= LEAST_SQUARES_SLOPE * length(residual), `|A r| ${length(slope)}`);
  near(
    inner(residual, residual),
    inner(residual, b),
    CG_SOLUTION_BOUND * inner(b, b),
    "projection",
  );
});

test("lsmr() with damping solves the damped normal equations, from any start", () => {
  const a = randomRows(M, N, 5), b = randomRows(1, M, 6)[0], damping = 0.75;
  const normal = product(transposed(a), a).map((row, i) =>
    row.map((value, j) => i === j ? value + damping * damping : value)
  );
  const x = eliminated(normal, times(transposed(a), b));
  for (const dtype of DTYPES) {
    using stored = asTensor(a, dtype);
    using right = tensor([...b], { dtype });
    using x0 = tensor(randomRows(1, N, 7)[0].slice(), { dtype });
    for (const start of [{}, { x0 }]) {
      const options = { ...start, damping, tolerance: identityBound(dtype) };
      using solution = lsmr(mapOf(matrix(stored)), right, options);
      equal(solution.status, "least-squares");
      const bound = dtype === "float64" ? CG_SOLUTION_BOUND : 10 * identityBound(dtype);
      allNear(solution.x.data, x, bound);
      const residual = times(a, x).map((value, i) => b[i] - value);
      const damped = [...residual, ...x.map((value) => damping * value)];
      near(solution.residualNorm, length(damped), identityBound(dtype) * length(b), "residual");
    }
  }
});

test("lsmr() in a workspace for damping is lsmr(), with and without damping", () => {
  using stored = asTensor(randomRows(M, N, 5), "float64");
  using right = tensor(randomRows(1, M, 6)[0].slice(), { dtype: "float64" });
  const map = mapOf(matrix(stored));
  using workspace = new LsmrWorkspace(map, { isDamped: true });
  for (const damping of [0.5, 0]) {
    using alone = lsmr(map, right, { damping });
    const { x, status } = lsmrInPlace(workspace, map, right, { damping });
    equal(status, "least-squares");
    allNear(x.data, alone.x.data, CG_SOLUTION_BOUND);
  }
  using plain = new LsmrWorkspace(map);
  throws(() => lsmrInPlace(plain, map, right, { damping: 0.5 }), TypeError, /planned/);
  throws(() => lsmr(map, right, { damping: -1 }), RangeError, /damping/);
});

test("lsmr() goes on to a normal tolerance where it starts near the minimum, from any start", () => {
  // b is nearly orthogonal to the columns, so |Aᵀ(b - A x)| is small beside |A| |b| wherever one is.
  const a = randomRows(M, N, 11), out = randomRows(1, M, 12)[0];
  const gram = product(transposed(a), a);
  const along = eliminated(gram, times(transposed(a), out));
  const far = out.map((value, i) => value - times(a, along)[i]);
  const x = randomRows(1, N, 13)[0].map((value) => 1e-6 * value);
  const b = far.map((value, i) => value + times(a, x)[i]);
  using stored = asTensor(a, "float64");
  using right = tensor([...b], { dtype: "float64" });
  const map = mapOf(matrix(stored));
  const loose = { tolerance: NEAR_MINIMUM };
  using early = lsmr(map, right, loose);
  equal([early.status, early.iterations < N / 2], ["least-squares", true]);
  const options = { tolerance: 0, normalTolerance: NEAR_MINIMUM };
  using solution = lsmr(map, right, options);
  equal(solution.status, "least-squares");
  const left = times(transposed(a), b).map((value, i) =>
    value - times(gram, [...solution.x.data])[i]
  );
  const normal = length(times(transposed(a), b));
  ok(length(left) <= CONVERGENCE_SLACK * NEAR_MINIMUM * normal, "of the start");
  using again = lsmr(map, right, { ...options, x0: solution.x });
  ok(again.iterations > 0, "relative to the new start");
  throws(() => lsmr(map, right, { normalTolerance: -1 }), RangeError, /normalTolerance/);
});

test("minres() with a preconditioner is minres() of the transformed system, mapped back", () => {
  const spectrum = Array.from({ length: N }, (_, i) => (i % 3 ? 1 : -1) * (1 + i));
  const a = square(withEigenvalues(spectrum, 3)), next = uniform(9);
  const b = Array.from({ length: N }, next), d = b.map((x) => 1.5 + x);
  const root = d.map(Math.sqrt);
  const rows = rowsOf(N, N, (i, j) => root[i] * a[Math.max(i, j)][Math.min(i, j)] * root[j]);
  using stored = asTensor(rowsOf(N, N, (i, j) => a[Math.max(i, j)][Math.min(i, j)]), "float64");
  using transformed = asTensor(rows, "float64");
  using right = tensor(b, { dtype: "float64" });
  using scaled = tensor(b.map((x, i) => root[i] * x), { dtype: "float64" });
  using inverse = tensor(d, { dtype: "float64" });
  const preconditioner = diagonal(inverse, { isPositiveSemidefinite: true });
  const op = denseOperator(stored, { isSymmetric: true });
  for (let j = 1; j < N; j += 2) {
    const limits = { maxIterations: j, tolerance: 0 };
    using direct = minres(op, right, { ...limits, preconditioner });
    using mapped = minres(denseOperator(transformed, { isSymmetric: true }), scaled, limits);
    allNear(direct.x.data, mapped.x.data.map((x, i) => root[i] * x), PRECONDITIONING_BOUND);
    const r = times(square(stored.data), direct.x.data).map((value, i) => b[i] - value);
    near(direct.residualNorm, length(r), CG_SOLUTION_BOUND * length(b), `residual after ${j}`);
  }
  using solution = minres(op, right, { preconditioner, tolerance: identityBound("float64") });
  equal(solution.status, "converged");
  allNear(solution.x.data, eliminated(square(stored.data), b), CG_SOLUTION_BOUND);
});

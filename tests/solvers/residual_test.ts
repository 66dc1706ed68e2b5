// However a solve ends, the residual that it reports is that of the x that it hands out.
import {
  cg,
  type CgOptions,
  kronecker,
  kroneckerCg,
  lsmr,
  minres,
  type Owned,
  type Solution,
  type SolverOptions,
  type SolverStatus,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { matrix } from "../../linalg.ts";
import {
  denseOperator,
  kroneckerGram,
  type LinearOperator,
  linearOperator,
} from "../../operators.ts";
import { norm } from "../../src/ops/vector.ts";
import { residual } from "../../src/solvers/_system.ts";
import { zeros } from "../../src/tensor/create.ts";
import { equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { uniform, withEigenvalues } from "../oracles/symmetric_matrices.ts";

const N = 24, dtype = "float64";

/** Indefinite or not, with a condition number of 10⁶. */
function systemOf(isIndefinite: boolean): { op: LinearOperator; b: Tensor } {
  const spectrum = Array.from(
    { length: N },
    (_, i) => (isIndefinite && i % 3 === 1 ? -1 : 1) * 10 ** (-6 * i / (N - 1)),
  );
  const flat = withEigenvalues(spectrum, 4);
  for (let i = 0; i < N; i++) for (let j = 0; j < i; j++) flat[j * N + i] = flat[i * N + j];
  const next = uniform(5);
  return {
    op: denseOperator(tensor(flat, { dtype, shape: [N, N] }), { isSymmetric: true }),
    b: tensor(Array.from({ length: N }, next), { dtype }),
  };
}

/** Multiplies as `op` does, but for call number `count`. */
function failing(op: LinearOperator, count: number): LinearOperator {
  let calls = 0;
  return linearOperator({
    size: N,
    dtype,
    isSymmetric: true,
    apply: (v, out) => ++calls === count ? out.data.fill(NaN) : op.apply(v, out),
  });
}

function isTrue(
  { op, b }: { op: LinearOperator; b: Tensor },
  solution: Solution,
  what: string,
): void {
  using r = zeros([N], { dtype });
  equal(solution.residualNorm, norm(residual(op, solution.x, b, r)), what);
}

const SOLVERS: Readonly<
  Record<
    string,
    (op: LinearOperator, b: Tensor, options: SolverOptions) => Owned<Solution>
  >
> = { cg, minres, lsmr };

for (const [name, solve] of Object.entries(SOLVERS)) {
  test(`${name}() reports the true residual after any number of iterations, and when it is aborted or fails`, () => {
    for (const isIndefinite of [false, true]) {
      const system = systemOf(isIndefinite), { op, b } = system;
      for (let maxIterations = 0; maxIterations < 3 * N; maxIterations++) {
        using solution = solve(op, b, { maxIterations, tolerance: 0 });
        isTrue(system, solution, `${maxIterations} iterations`);
      }
      for (let count = 1; count < N; count++) {
        using solution = solve(failing(op, count), b, {});
        if (Number.isNaN(solution.residualNorm)) equal(solution.status, "non-finite");
        else isTrue(system, solution, `NaN in product ${count}, ${solution.status}`);
      }
      const controller = new AbortController();
      controller.abort();
      using solution = solve(op, b, { signal: controller.signal });
      equal(solution.status, "aborted");
      isTrue(system, solution, "aborted");
    }
  });
}

test("cg() reports the true residual at the boundary, along negative curvature and when a rule stops it", () => {
  const cases: readonly [boolean, CgOptions, SolverStatus][] = [
    [false, { trustRadius: 10 }, "boundary"],
    [true, {}, "negative-curvature"],
    [true, { trustRadius: 1e9 }, "negative-curvature"],
    [false, { stop: { isSatisfied: (phi) => phi.length === 9 } }, "stopped"],
  ];
  for (const [isIndefinite, options, status] of cases) {
    const system = systemOf(isIndefinite);
    using solution = cg(system.op, system.b, options);
    equal(solution.status, status);
    isTrue(system, solution, status);
  }
});

test("kroneckerCg() reports the true residual in every form, after any number of iterations", () => {
  const next = uniform(6), alpha = 1e-3;
  using g = tensor(withEigenvalues([1, 0.1, 1e-3, 0], 7), { dtype, shape: [4, 4] });
  for (let i = 0; i < 4; i++) for (let j = 0; j < i; j++) g.data[j * 4 + i] = g.data[i * 4 + j];
  using mean = tensor([Array.from({ length: 6 }, next)], { dtype });
  using gram = kroneckerGram(g, matrix(mean), 1, { isPositiveSemidefinite: true });
  using b = tensor(Array.from({ length: N }, next), { dtype });
  using full = kronecker(
    g,
    tensor(withEigenvalues([2, 1, 0, 0, 0, 0], 8), { dtype, shape: [6, 6] }),
    {
      isSymmetric: true,
    },
  );
  for (const tolerance of [0.1, 1e-15, 0]) {
    for (let maxIterations = 0; maxIterations < 12; maxIterations++) {
      for (const form of ["full", "compressed", "direct"] as const) {
        for (const op of form === "full" ? [gram, full] : [gram]) {
          using solution = kroneckerCg(op, b, { alpha, form, tolerance, maxIterations });
          const system = { op: op.scale(1 - alpha).add(alpha), b };
          isTrue(system, solution, `${form}, ${tolerance}, ${maxIterations}, ${solution.status}`);
        }
      }
    }
  }
});

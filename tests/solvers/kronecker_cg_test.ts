// kroneckerCg() in its forms beside each other and beside elimination on the matrix written out.
import {
  cg,
  type DType,
  kronecker,
  kroneckerCg,
  type KroneckerCgOptions,
  NonFiniteError,
  Scope,
  type SolverStatus,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { homogeneous, Matrix, matrix } from "../../linalg.ts";
import {
  kroneckerGram,
  type KroneckerGramOperator,
  type LinearOperator,
  linearOperator,
} from "../../operators.ts";
import { largestFinite } from "../../src/runtime/dtype.ts";
import { geometryOf } from "../ops/_geometries.ts";
import { allNear, equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { COMPRESSED_BOUND, DAMPED_SOLVE_BOUND } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import { eliminated } from "../oracles/dense_algebra.ts";
import {
  apply,
  dot,
  kronecker as kroneckerRows,
  multiply,
  outer,
  transpose,
} from "../oracles/matrices.ts";
import type { Rows } from "../oracles/matrices.ts";

/** float32 cannot solve to its tolerance what is conditioned as the first. */
const ALPHAS = { float32: [0.02, 0.5], float64: [0.001, 0.02, 0.5] };
const SHAPES = [[7, 11], [5, 3], [1, 4], [4, 1], [9, 33]] as const;
const FORMS = ["full", "compressed", "direct"] as const;
const ITERATES = 5;

/** One system with H = Q Qᵀ / rank. */
interface System {
  readonly h: Rows;
  readonly a: number[];
  readonly b: Rows;
  readonly op: KroneckerGramOperator;
  readonly right: Tensor;
  [Symbol.dispose](): void;
}

function systemOf(n: number, d: number, dtype: DType, rank = n): System {
  const scope = new Scope();
  const q = randomRows(n + d, n, rank);
  const h = multiply(q, transpose(q)).map((row) => row.map((x) => x / rank));
  const a = randomRows(d, 1, d)[0].map((x) => Math.fround((x + 1) / 2));
  const b = randomRows(n * d, n, d);
  const left = scope.own(tensorOf(h, dtype)), rows = scope.own(tensorOf([a], dtype));
  const op = scope.own(kroneckerGram(left, matrix(rows), 1, { isPositiveSemidefinite: true }));
  const right = scope.own(tensorOf(b, dtype));
  return { h, a, b, op, right, [Symbol.dispose]: () => scope.dispose() };
}

/** ((1 - α) H ⊗ a aᵀ + α I), written out. */
function dampedRows({ h, a }: System, alpha: number): Rows {
  return kroneckerRows(h, outer(a, a)).map((row, i) =>
    row.map((x, j) => (1 - alpha) * x + (i === j ? alpha : 0))
  );
}

test("every form solves the damped system, as elimination does", () => {
  for (const dtype of DTYPES) {
    for (const [n, d] of SHAPES) {
      using system = systemOf(n, d, dtype);
      for (const alpha of ALPHAS[dtype]) {
        const expected = eliminated(dampedRows(system, alpha), system.b.flat());
        for (const form of FORMS) {
          const { tolerance, bound } = DAMPED_SOLVE_BOUND[dtype];
          const options = { alpha, form, tolerance, maxIterations: 200 };
          using found = kroneckerCg(system.op, system.right, options);
          equal(found.status, "converged", `${form}, ${n} x ${d}, ${alpha}, ${dtype}`);
          allNear(found.x.data, expected, bound, `${form}, ${n} x ${d}, ${alpha}, ${dtype}`);
        }
      }
    }
  }
});

test("compressed iterates are those of the full form, and both stop at the same iteration", () => {
  for (const dtype of DTYPES) {
    for (const [n, d] of SHAPES) {
      using system = systemOf(n, d, dtype);
      for (const alpha of ALPHAS[dtype]) {
        for (let maxIterations = 0; maxIterations <= Math.min(ITERATES, n); maxIterations++) {
          const [full, compressed] = (["full", "compressed"] as const).map((form) => {
            const limits = { tolerance: 0, maxIterations };
            using found = kroneckerCg(system.op, system.right, { alpha, form, ...limits });
            return [...found.x.data];
          });
          const what = `iterate ${maxIterations}, ${n} x ${d}, ${alpha}, ${dtype}`;
          allNear(compressed, full, COMPRESSED_BOUND[dtype], what);
        }
        const counts = (["full", "compressed"] as const).map((form) => {
          using found = kroneckerCg(system.op, system.right, { alpha, form });
          equal(found.status, "converged");
          return found.iterations;
        });
        equal(counts[1], counts[0], `iterations, ${n} x ${d}, ${alpha}, ${dtype}`);
      }
    }
  }
});

test("what b has orthogonal to a is divided by α, exactly so when solved directly", () => {
  for (const dtype of DTYPES) {
    using system = systemOf(7, 11, dtype);
    const { a, b, op, right } = system, unit = a.map((x) => x / Math.sqrt(dot(a, a)));
    const orthogonal = (rows: Rows): number[] => {
      const along = outer(apply(rows, unit), unit);
      return rows.flatMap((row, i) => row.map((x, j) => x - along[i][j]));
    };
    for (const alpha of ALPHAS[dtype]) {
      using found = kroneckerCg(op, right, { alpha, form: "direct", tolerance: 0.5 });
      const expected = orthogonal(b).map((x) => x / alpha);
      const { bound } = DAMPED_SOLVE_BOUND[dtype];
      allNear(orthogonal(found.x.toArray() as Rows), expected, bound, `${alpha}, ${dtype}`);
    }
  }
});

test("the solution is that of Tikhonov's system with λ = α / (1 - α), over 1 - α", () => {
  for (const dtype of DTYPES) {
    using system = systemOf(7, 11, dtype);
    for (const alpha of ALPHAS[dtype]) {
      const { tolerance, bound } = DAMPED_SOLVE_BOUND[dtype];
      const limits = { tolerance, maxIterations: 200 };
      using found = kroneckerCg(system.op, system.right, { alpha, form: "direct", tolerance });
      using damped = cg(system.op.add(alpha / (1 - alpha)), system.right, limits);
      const expected = Array.from(damped.x.data, (x) => x / (1 - alpha));
      allNear(found.x.data, expected, bound, `${alpha}, ${dtype}`);
    }
  }
});

test("the iteration ends after as many steps as H has distinct eigenvalues, and one for the rest", () => {
  using system = systemOf(7, 11, "float64", 2);
  for (const form of ["full", "compressed"] as const) {
    using found = kroneckerCg(system.op, system.right, { form, tolerance: 1e-8 });
    ok(found.iterations <= 3, `${form}: ${found.iterations} iterations`);
  }
});

test("full-size systems take right factors that are stored, and rows of which they are not formed", () => {
  for (const dtype of DTYPES) {
    const [n, d, rows, alpha] = [4, 6, 3, 0.1];
    using system = systemOf(n, d, dtype);
    const inputs = randomRows(77, rows, d);
    const second = multiply(transpose(inputs), inputs).map((row) => row.map((x) => x / rows));
    using stored = tensorOf(second, dtype);
    using given = tensorOf(inputs, dtype);
    const dense = kroneckerRows(system.h, second).map((row, i) =>
      row.map((x, j) => (1 - alpha) * x + (i === j ? alpha : 0))
    );
    const expected = eliminated(dense, system.b.flat());
    const positive = { isPositiveSemidefinite: true };
    using explicit = kronecker(system.op.left, stored, positive);
    using implicit = kroneckerGram(system.op.left, matrix(given), 1 / rows, positive);
    const { tolerance, bound } = DAMPED_SOLVE_BOUND[dtype];
    for (const op of [explicit, implicit]) {
      using found = kroneckerCg(op, system.right, { alpha, tolerance, maxIterations: 200 });
      equal(found.status, "converged");
      allNear(found.x.data, expected, bound, dtype);
    }
    throws(() => kroneckerCg(implicit, system.right, { form: "compressed" }), TypeError, /one row/);
    throws(() => kroneckerCg(explicit, system.right, { form: "direct" }), TypeError, /one row/);
  }
});

/** The same operator, of which nothing is known but its products. */
function opaque(op: LinearOperator): LinearOperator {
  const { size, dtype, isSymmetric, isPositiveSemidefinite } = op;
  const apply = (v: Tensor, out: Tensor): void => void op.apply(v, out);
  return linearOperator({ size, dtype, isSymmetric, isPositiveSemidefinite, apply });
}

/** Kronecker products of all kinds, of G (n, n) and right factors (d, d), by k rows where they are not stored. */
function everyKind(scope: Scope, g: Tensor, d: number, k: number): LinearOperator[] {
  const { dtype } = g, q = randomRows(d, d, d);
  const a = scope.own(tensorOf(multiply(q, transpose(q)), dtype));
  const rows = scope.own(tensorOf(randomRows(k, k, d), dtype));
  const images = scope.own(tensorOf(randomRows(k, k, 4), dtype)).view([k, 2, 2, 1]);
  const windows = geometryOf([2, 2], 1, [2, 1, 1, 1, 1]);
  const patches = new Matrix(images, 9 * k, 5, 0, true, false, windows);
  const positive = { isPositiveSemidefinite: true };
  return [
    kronecker(g, a),
    kronecker(g, a, positive),
    ...[matrix(rows), homogeneous(rows), patches].map((held) => kroneckerGram(g, held, 1 / k)),
  ].map((op) => scope.own(op));
}

/** Limits under which solves end in every way. */
const LIMITS: readonly KroneckerCgOptions[] = [
  {},
  { maxIterations: 0 },
  { alpha: 0.5, tolerance: 1e-3 },
  { tolerance: 0, maxIterations: 7 },
  { alpha: 1e-4, tolerance: 1e-9, maxIterations: 200 },
  { alpha: 1e-9, tolerance: 0, maxIterations: 400 },
];

test("the full form has the bits of conjugate gradients on products alone, however a solve ends", () => {
  const statuses = new Set<SolverStatus>();
  for (const dtype of DTYPES) {
    for (const [n, d, k] of [[1, 1, 1], [2, 3, 1], [3, 5, 2], [7, 2, 5], [5, 17, 7], [17, 7, 3]]) {
      for (const scale of [1, -1, largestFinite(dtype) / 4]) {
        const scope = new Scope();
        const q = randomRows(n, n, n), h = multiply(q, transpose(q));
        const g = scope.own(tensorOf(h.map((row) => row.map((x) => scale * x / n)), dtype));
        for (const [kind, op] of everyKind(scope, g, d, k).entries()) {
          const b = scope.own(tensorOf(randomRows(n + op.size, n, op.size / n), dtype));
          for (const limits of LIMITS) {
            using found = kroneckerCg(op, b, limits);
            using expected = kroneckerCg(opaque(op), b, limits);
            const what = `${dtype}, ${[n, d, k]}, ${scale}, kind ${kind}, ${
              JSON.stringify(limits)
            }`;
            equal([...found.x.data], [...expected.x.data], what);
            equal(
              [found.status, found.iterations, found.residualNorm],
              [expected.status, expected.iterations, expected.residualNorm],
              what,
            );
            statuses.add(found.status);
          }
        }
        scope.dispose();
      }
    }
  }
  equal([...statuses].sort(), [
    "breakdown",
    "converged",
    "max-iterations",
    "negative-curvature",
    "non-finite",
  ]);
});

test("without a mean input the solution is b / α, in one iteration", () => {
  for (const form of FORMS) {
    using h = tensor([[2, 1], [1, 2]]);
    using rows = tensor([[0, 0, 0]]);
    using b = tensor([[1, 2, 3], [4, 5, 6]]);
    using op = kroneckerGram(h, matrix(rows));
    using found = kroneckerCg(op, b, { alpha: 0.5, form });
    equal(found.iterations, 1, form);
    equal([...found.x.data], [2, 4, 6, 8, 10, 12], form);
  }
});

test("b = 0 has the solution 0, and no iterations where there are any", () => {
  for (const form of ["full", "compressed"] as const) {
    using system = systemOf(3, 4, "float32");
    using zero = tensor(system.b.map((row) => row.map(() => 0)));
    using found = kroneckerCg(system.op, zero, { form });
    equal([found.status, found.iterations], ["converged", 0], form);
    equal(Math.max(...found.x.data), 0);
  }
});

test("limits end an iteration, and indefinite blocks break it down", () => {
  using system = systemOf(7, 11, "float64");
  for (const form of ["full", "compressed"] as const) {
    const limits = { tolerance: 0, maxIterations: 2 };
    using found = kroneckerCg(system.op, system.right, { form, ...limits });
    equal([found.status, found.iterations], ["max-iterations", 2], form);
    ok(found.residualNorm > 0, "a residual is left");
  }
  using negative = tensor([[-9]], { dtype: "float64" });
  using rows = tensor([[1, 1]], { dtype: "float64" });
  using b = tensor([[1, 1]], { dtype: "float64" });
  using op = kroneckerGram(negative, matrix(rows));
  for (const form of ["compressed", "direct"] as const) {
    using found = kroneckerCg(op, b, { form });
    equal(found.status, "breakdown", form);
  }
});

test("systems that cannot be solved are refused by name", () => {
  using system = systemOf(3, 4, "float32");
  const { op, right } = system;
  for (const alpha of [0, 1, -0.5, 2, NaN]) {
    throws(
      () => kroneckerCg(op, right, { alpha }),
      RangeError,
      /alpha must be positive and below 1/,
    );
  }
  throws(() => kroneckerCg(op, right, { form: "dense" as "full" }), TypeError, /"compressed"/);
  throws(() => kroneckerCg(op, right, { maxIterations: 0.5 }), RangeError, /maxIterations/);
  using turned = kroneckerGram(op.left, op.rightRows, -1);
  throws(() => kroneckerCg(turned, right, { form: "direct" }), RangeError, /negative/);
  using broken = tensorOf(system.b, "float32");
  broken.data[5] = NaN;
  throws(() => kroneckerCg(op, broken), NonFiniteError, /b\[5\]/);
  near(Math.max(...right.data), Math.max(...system.b.flat()), 0, "b stays as it is");
});

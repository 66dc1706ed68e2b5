import { DampedLeastSquares } from "../../src/linalg/damped_least_squares.ts";
import { allNear, equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { CG_SOLUTION_BOUND, identityBound } from "../_support/tolerance.ts";
import { randomRows } from "../_support/twins.ts";
import { eliminated, inner, inverseRows, type Rows, transposed } from "../oracles/dense_algebra.ts";

/** A column after column, as the solver takes it. */
function byColumns(a: Rows): Float64Array {
  return Float64Array.from(transposed(a).flat());
}

/** (AᵀA + diag(shift²))⁻¹ Aᵀb by the normal equations. */
function normalEquations(a: Rows, b: readonly number[], shift: readonly number[]): number[] {
  const columns = transposed(a);
  const gram = columns.map((x, i) =>
    columns.map((y, j) => inner(x, y) + (i === j ? shift[i] * shift[i] : 0))
  );
  return eliminated(gram, columns.map((column) => inner(column, b)));
}

test("DampedLeastSquares solves for every shift from one factorization, tall and wide", () => {
  for (const [rows, columns] of [[7, 4], [4, 4], [3, 5], [1, 1], [1, 3]] as const) {
    const a = randomRows(rows, rows, columns), [b] = randomRows(9, 1, rows);
    using system = new DampedLeastSquares(rows, columns);
    system.factor(byColumns(a), Float64Array.from(b));
    const x = new Float64Array(columns);
    for (const size of rows >= columns ? [0, 0.5, 3] : [0.5, 3]) {
      const shift = Array.from({ length: columns }, (_, j) => size * (1 + j / 4));
      system.solve(shift, x);
      allNear(x, normalEquations(a, b, shift), CG_SOLUTION_BOUND, `${rows} by ${columns}, ${size}`);
    }
    const image = a.reduce((sum, row) => sum + inner(row, x) ** 2, 0);
    allNear([system.imageSquares(x)], [image], identityBound("float64"), "|A x|²");
  }
});

test("DampedLeastSquares solves for another right-hand side with the reflections of the factorization", () => {
  for (const [rows, columns] of [[7, 4], [4, 4], [3, 5], [1, 3]] as const) {
    const a = randomRows(rows, rows, columns), [b, other] = randomRows(9, 2, rows);
    using system = new DampedLeastSquares(rows, columns);
    system.factor(byColumns(a), Float64Array.from(b));
    const right = system.reflect(Float64Array.from(other));
    const shift = new Array<number>(columns).fill(0.5), x = new Float64Array(columns);
    system.solve(shift, x, right);
    const what = `${rows} by ${columns}`;
    allNear(x, normalEquations(a, other, shift), CG_SOLUTION_BOUND, `${what}, the other`);
    system.solve(shift, x);
    allNear(x, normalEquations(a, b, shift), CG_SOLUTION_BOUND, `${what}, the first again`);
  }
});

test("DampedLeastSquares inverts AᵀA, and says where it cannot", () => {
  const a = randomRows(1, 6, 3);
  using system = new DampedLeastSquares(6, 3);
  system.factor(byColumns(a), new Float64Array(6));
  const columns = transposed(a);
  const gram = columns.map((x) => columns.map((y) => inner(x, y)));
  const found = system.inverseGram(1e-14);
  ok(found, "it has full rank");
  allNear(found, inverseRows(gram).flat(), CG_SOLUTION_BOUND, "inverse");
  const twice = a.map(([x, y]) => [x, y, 0]);
  system.factor(byColumns(twice), new Float64Array(6));
  equal(system.inverseGram(1e-14), undefined);
  const x = new Float64Array(3);
  system.solve([0, 0, 0], x);
  equal(x[2], 0, "an unknown that nothing determines");
});

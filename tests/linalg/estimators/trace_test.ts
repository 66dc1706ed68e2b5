import { memoryUsage, randomKey } from "../../../mod.ts";
import {
  denseOperator,
  hutchinsonDiagonal,
  hutchinsonTrace,
  hutchPlusPlus,
  identityOperator,
} from "../../../operators.ts";
import { equal, near, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { identityBound, STANDARD_ERRORS } from "../../_support/tolerance.ts";
import { asTensor, type Rows, square } from "../../oracles/dense_algebra.ts";
import { withEigenvalues } from "../../oracles/symmetric_matrices.ts";
import { DTYPES, randomSymmetric } from "../operators/_cases.ts";

const N = 40;

function trace(a: Rows): number {
  return a.reduce((sum, row, i) => sum + row[i], 0);
}

function squaredOffDiagonal(row: readonly number[], i: number): number {
  return row.reduce((sum, x, j) => j === i ? sum : sum + x * x, 0);
}

test("hutchinsonTrace() is within its standard error, which is the one of theory", () => {
  const a = randomSymmetric(N, 1), samples = 200;
  const variance = 2 * a.reduce((sum, row, i) => sum + squaredOffDiagonal(row, i), 0);
  const expected = Math.sqrt(variance / samples);
  for (const dtype of DTYPES) {
    using stored = asTensor(a, dtype);
    for (let seed = 1; seed <= 5; seed++) {
      const { value, standardError } = hutchinsonTrace(denseOperator(stored), {
        samples,
        key: randomKey(seed),
      });
      near(value, trace(a), STANDARD_ERRORS * expected, "trace");
      ok(standardError > expected / 2 && standardError < 2 * expected, `error ${standardError}`);
    }
  }
});

test("hutchinsonDiagonal() is within its standard errors, which are those of theory", () => {
  const a = randomSymmetric(N, 2), samples = 400;
  for (const dtype of DTYPES) {
    using stored = asTensor(a, dtype);
    const found = hutchinsonDiagonal(denseOperator(stored), { samples, key: randomKey(3) });
    a.forEach((row, i) => {
      const expected = Math.sqrt(squaredOffDiagonal(row, i) / samples);
      near(found.diagonal.data[i], row[i], STANDARD_ERRORS * expected, `diagonal[${i}]`);
      near(found.standardErrors.data[i], expected, expected / 2, `error[${i}]`);
    });
    found.diagonal.dispose();
    found.standardErrors.dispose();
  }
});

test("hutchPlusPlus() is exact for low rank and beats plain signs where the spectrum decays", () => {
  const low = square(withEigenvalues(Array.from({ length: N }, (_, i) => i < 4 ? 4 - i : 0), 4));
  const decaying = square(
    withEigenvalues(Array.from({ length: N }, (_, i) => 1 / (i + 1) ** 2), 5),
  );
  using lowRank = asTensor(low, "float64");
  using smooth = asTensor(decaying, "float64");
  const products = 30, exact = trace(decaying);
  const { value } = hutchPlusPlus(denseOperator(lowRank), { products, key: randomKey(1) });
  near(value, trace(low), identityBound("float64") * trace(low), "low rank");
  const squares = [0, 0];
  for (let seed = 1; seed <= 10; seed++) {
    const op = denseOperator(smooth), key = randomKey(seed);
    const better = hutchPlusPlus(op, { products, key });
    near(better.value, exact, STANDARD_ERRORS * better.standardError, `seed ${seed}`);
    squares[0] += (better.value - exact) ** 2;
    squares[1] += (hutchinsonTrace(op, { samples: products, key }).value - exact) ** 2;
  }
  ok(squares[0] < squares[1] / 100, `mean square errors ${squares}`);
});

test("estimates are functions of the key, of memory nothing stays, and misuse is refused", () => {
  using stored = asTensor(randomSymmetric(N, 6), "float32");
  const op = denseOperator(stored), { liveBytes } = memoryUsage();
  const run = (seed: number): number[] => [
    hutchinsonTrace(op, { key: randomKey(seed) }).value,
    hutchPlusPlus(op, { key: randomKey(seed) }).value,
  ];
  equal(run(1), run(1));
  ok(run(1)[0] !== run(2)[0], "another key");
  equal(memoryUsage().liveBytes, liveBytes);
  equal(hutchinsonTrace(identityOperator(N), { samples: 2, key: randomKey(1) }).standardError, 0);
  throws(() => hutchinsonTrace(op, { samples: 0, key: randomKey(1) }), RangeError, /from 1 to/);
  throws(() => hutchPlusPlus(op, { products: 2, key: randomKey(1) }), RangeError, /from 3 to/);
});

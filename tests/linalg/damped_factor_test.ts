import { memoryUsage, type Tensor, tensor, zeros } from "../../mod.ts";
import { DampedFactor, inverseScratch } from "../../src/linalg/damped_factor.ts";
import { allNear, equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { gamma } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import {
  apply,
  build,
  inverse,
  multiply,
  type Rows,
  secondMoment,
  transpose,
} from "../oracles/matrices.ts";

const ORDER = 5, DAMPING = 0.5, COLUMNS = 3;
const MATRIX = secondMoment(randomRows(1, 3, ORDER)); // of rank 3: without damping there is no factor
const SCALE = [1, 2, 3, 4, 5];

function damped(scale: readonly number[] = [1, 1, 1, 1, 1]): Rows {
  return build(ORDER, ORDER, (i, j) => MATRIX[i][j] + (i === j ? DAMPING * scale[i] : 0));
}

function rowsOf(t: Tensor): Rows {
  return t.toArray() as Rows;
}

for (const dtype of DTYPES) {
  const bound = gamma(100 * ORDER, dtype);

  test(`DampedFactor solves for vectors and for columns of wider rows, ${dtype}`, () => {
    using a = tensorOf(MATRIX, dtype);
    using storage = zeros([ORDER, ORDER], { dtype });
    using x = tensor(SCALE, { dtype });
    using wide = tensorOf(randomRows(2, ORDER, COLUMNS + 1), dtype);
    const before = rowsOf(wide), matrix = [...a.data];
    const factor = new DampedFactor(storage, ORDER);
    equal(factor.factor(a, DAMPING), -1);
    factor.solve(x);
    factor.solve(wide, COLUMNS, COLUMNS + 1);
    const exact = inverse(damped());
    allNear(x.data, apply(exact, SCALE), bound, "a vector");
    const columns = multiply(exact, before.map((row) => row.slice(0, COLUMNS)));
    allNear(rowsOf(wide).flatMap((row) => row.slice(0, COLUMNS)), columns.flat(), bound, "columns");
    equal(rowsOf(wide).map((row) => row[COLUMNS]), before.map((row) => row[COLUMNS]), "the rest");
    equal([...a.data], matrix, "the matrix");
  });

  test(`DampedFactor solves from the right, ${dtype}`, () => {
    using a = tensorOf(MATRIX, dtype);
    using storage = zeros([ORDER, ORDER], { dtype });
    using x = tensorOf(transpose(randomRows(2, ORDER, COLUMNS)), dtype);
    const before = rowsOf(x), factor = new DampedFactor(storage, ORDER);
    factor.factor(a, DAMPING);
    factor.solveRight(x, COLUMNS, ORDER);
    allNear(x.data, multiply(before, inverse(damped())).flat(), bound);
  });

  test(`DampedFactor adds a scaled diagonal, in its own storage too, and inverts, ${dtype}`, () => {
    using storage = tensorOf(MATRIX, dtype);
    using scale = tensor(SCALE, { dtype });
    const factor = new DampedFactor(storage, ORDER);
    equal(factor.factor(storage, DAMPING, scale), -1);
    factor.invert();
    allNear(storage.data, inverse(damped(SCALE)).flat(), bound);
  });

  test(`DampedFactor reports the pivot that fails, and factors again, ${dtype}`, () => {
    using indefinite = tensor([[4, 2, 0], [2, 1, 0], [0, 0, 1]], { dtype });
    using storage = zeros([9], { dtype });
    const factor = new DampedFactor(storage, 3);
    equal(factor.factor(indefinite), 1);
    equal(factor.factor(indefinite, 1), -1);
    indefinite.data[8] = NaN;
    equal(factor.factor(indefinite, 1), 2);
  });

  test(`DampedFactor takes no memory but the kernels' scratch block, ${dtype}`, () => {
    using storage = tensorOf(MATRIX, dtype);
    using x = tensor(SCALE, { dtype });
    inverseScratch(dtype, ORDER);
    const before = memoryUsage();
    const factor = new DampedFactor(storage, ORDER);
    factor.factor(storage, DAMPING);
    factor.solve(x);
    factor.solveRight(x, 1, ORDER);
    factor.invert();
    equal(memoryUsage(), before);
  });
}

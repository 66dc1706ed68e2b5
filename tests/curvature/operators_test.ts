// Curvature operators against dense matrices: explicit Jacobians, finite differences, sums of outer products.
import {
  concatenation,
  dense,
  empiricalFisher,
  expectedZeroOne,
  fisher,
  gaussNewton,
  hessian,
  type Linearization,
  type Model,
  randomKey,
  residual,
  sequential,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  Tensor,
} from "../../mod.ts";
import type { LinearOperator } from "../../operators.ts";
import { allNear, equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { FISHER_DRAWS, identityBound, standardErrors } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";

const [INPUTS, OUTPUTS] = [3, 3];
const LOSSES = {
  squaredError: squaredError(),
  sigmoid: sigmoidCrossEntropy(),
  softmax: softmaxCrossEntropy(),
};
type DType = "float32" | "float64";

const SHORTCUTS = [
  () => residual([dense(4), tanh()]),
  () => concatenation([[], [dense(3), tanh()]]),
];

function network(dtype: DType, shortcut = SHORTCUTS[0]): Model {
  const layers = [dense(4), tanh(), shortcut(), dense(OUTPUTS)];
  return sequential({ input: [INPUTS], seed: 3, dtype }, layers);
}

/** Runs `body` for every loss and kind of shortcut, and two batch sizes. */
function forEachCase(dtype: DType, body: (lin: Linearization, model: Model) => void): void {
  const sizes = SHORTCUTS.flatMap((shortcut) => [1, 5].map((size) => [shortcut, size] as const));
  for (const loss of Object.values(LOSSES)) {
    for (const [shortcut, batchSize] of sizes) {
      using model = network(dtype, shortcut);
      using input = tensorOf(randomRows(1, batchSize, INPUTS), dtype);
      using target = tensorOf(randomRows(2, batchSize, OUTPUTS), dtype);
      target.data.forEach((y, i) => target.data[i] = Math.abs(y));
      using lin = model.linearize(loss, { input, target });
      body(lin, model);
    }
  }
}

type Rows = number[][];

/** J (B K, P) column by column. */
function jacobian(lin: Linearization): Rows {
  using unit = new Tensor(lin.output.dtype, [lin.parameterCount]);
  unit.data.fill(0);
  const columns = Array.from({ length: unit.size }, (_, p) => {
    unit.data[p] = 1;
    using column = lin.jvp(unit);
    unit.data[p] = 0;
    return [...column.data];
  });
  return columns[0].map((_, row) => columns.map((column) => column[row]));
}

/** M (B K, B K) of a metric, column by column. */
function metricMatrix(lin: Linearization, metric: (u: Tensor, out: Tensor) => void): Rows {
  using unit = new Tensor(lin.output.dtype, lin.output.shape);
  using out = new Tensor(lin.output.dtype, lin.output.shape);
  unit.data.fill(0);
  const columns = Array.from({ length: unit.size }, (_, i) => {
    unit.data[i] = 1;
    metric(unit, out);
    unit.data[i] = 0;
    return [...out.data];
  });
  return columns[0].map((_, row) => columns.map((column) => column[row]));
}

/** (1/B) Jᵀ M J with plain loops. */
function sandwich(j: Rows, m: Rows, batchSize: number): Rows {
  const weighted = m.map((row) =>
    j[0].map((_, p) => row.reduce((sum, weight, k) => sum + weight * j[k][p], 0))
  );
  return j[0].map((_, p) =>
    j[0].map((_, q) => j.reduce((sum, row, k) => sum + row[p] * weighted[k][q], 0) / batchSize)
  );
}

function matrixOf(operator: LinearOperator): Rows {
  using matrix = operator.toDense();
  return matrix.toArray() as Rows;
}

function hessianRows(lin: Linearization): Rows {
  const { lossFunction, output, target } = lin;
  return metricMatrix(lin, (u, out) => lossFunction.hessianProduct(output, target, u, out));
}

/** Keeps the entries whose row and column lie in one block. */
function maskedByBlocks(matrix: Rows, model: Model, blocks: readonly (readonly number[])[]): Rows {
  const blockOf: number[] = [];
  for (const [i, { weight }] of model.sites.entries()) {
    const block = blocks.findIndex((sites) => sites.includes(i));
    blockOf.push(...new Array<number>(weight.size).fill(block));
  }
  return matrix.map((row, p) => row.map((x, q) => blockOf[p] === blockOf[q] ? x : 0));
}

test("gaussNewton() is (1/B) Jᵀ H J, full and by blocks, in both dtypes", () => {
  for (const dtype of DTYPES) {
    forEachCase(dtype, (lin, model) => {
      const full = sandwich(jacobian(lin), hessianRows(lin), lin.batchSize);
      using operator = gaussNewton(lin);
      allNear(matrixOf(operator).flat(), full.flat(), identityBound(dtype), "full");
      const sites = model.sites.map((_, i) => [i]);
      for (const blocks of [sites, [[0, 2], [1]], [[1, 2], [0]]]) {
        using parted = gaussNewton(lin, { blocks });
        const expected = maskedByBlocks(full, model, blocks);
        allNear(matrixOf(parted).flat(), expected.flat(), identityBound(dtype), String(blocks));
      }
      using bySite = gaussNewton(lin, { blocks: "site" });
      const expected = maskedByBlocks(full, model, sites);
      allNear(matrixOf(bySite).flat(), expected.flat(), identityBound(dtype), "by site");
    });
  }
});

test("hessian() is symmetric, and gaussNewton() without the network's own curvature", () => {
  forEachCase("float64", (lin, model) => {
    using operator = hessian(lin);
    const matrix = matrixOf(operator);
    const transposed = matrix[0].map((_, q) => matrix.map((row) => row[q]));
    allNear(matrix.flat(), transposed.flat(), identityBound("float64"));
    // The last layer is linear in its parameters, so there the two agree.
    using gauss = gaussNewton(lin);
    const last = model.sites.length - 1;
    const { offset } = model.sites[last];
    const corner = (rows: Rows): number[] => rows.slice(offset).flatMap((row) => row.slice(offset));
    allNear(corner(matrix), corner(matrixOf(gauss)), identityBound("float64"));
  });
});

test("empiricalFisher() is the mean of g gᵀ over samples", () => {
  forEachCase("float64", (lin, model) => {
    using operator = empiricalFisher(lin);
    const expected = Array.from(
      { length: model.parameterCount },
      () => new Array<number>(model.parameterCount).fill(0),
    );
    const j = jacobian(lin);
    using u = new Tensor("float64", lin.output.shape);
    lin.lossFunction.evaluate(lin.output, lin.target, u);
    for (let n = 0; n < lin.batchSize; n++) {
      const rows = [...u.data.slice(n * OUTPUTS, (n + 1) * OUTPUTS)];
      const g = j[0].map((_, p) =>
        rows.reduce((sum, uk, k) => sum + uk * j[n * OUTPUTS + k][p], 0)
      );
      for (const [p, row] of expected.entries()) {
        for (const q of row.keys()) row[q] += g[p] * g[q] / lin.batchSize;
      }
    }
    allNear(matrixOf(operator).flat(), expected.flat(), identityBound("float64"));
  });
});

test("fisher() without samples is the Gauss-Newton matrix, to the bit", () => {
  forEachCase("float64", (lin) => {
    using exact = fisher(lin);
    using gauss = gaussNewton(lin);
    equal(matrixOf(exact), matrixOf(gauss));
  });
});

test("fisher() with samples is within four standard errors of the exact one, and keyed", () => {
  using model = sequential({ input: [1], seed: 1, dtype: "float64" }, [dense(2)]);
  using input = tensorOf([[0.5]], "float64");
  using target = tensorOf([[1, 0]], "float64");
  using lin = model.linearize(softmaxCrossEntropy(), { input, target });
  const samples = FISHER_DRAWS / 100;
  using sampled = fisher(lin, { samples, key: randomKey(1) });
  using again = fisher(lin, { samples, key: randomKey(1) });
  using exact = fisher(lin);
  equal(matrixOf(sampled), matrixOf(again));
  const bound = standardErrors(4, samples);
  for (const [p, row] of matrixOf(exact).entries()) {
    for (const [q, x] of row.entries()) near(matrixOf(sampled)[p][q], x, bound, `${p}, ${q}`);
  }
});

test("operators refuse blocks that do not cover the sites once, and losses that do not suit", () => {
  using model = network("float64");
  using input = tensorOf(randomRows(1, 2, INPUTS), "float64");
  using target = tensorOf([[1, 0, 0], [0, 1, 0]], "float64");
  using lin = model.linearize(expectedZeroOne(), { input, target });
  throws(() => gaussNewton(lin, { blocks: [[0], [1]] }), RangeError, /one block/);
  throws(() => gaussNewton(lin, { blocks: [[0, 1], [1, 2]] }), RangeError, /one block/);
  throws(() => gaussNewton(lin, { blocks: "layer" as "site" }), TypeError, /"site"/);
  throws(() => fisher(lin), TypeError, /it has no sample\(\)/);
  throws(() => fisher(lin, { samples: 2, key: randomKey(0) }), TypeError, /it has no sample\(\)/);
  using fine = model.linearize(softmaxCrossEntropy(), { input, target });
  throws(
    () => fisher(fine, { samples: 0, key: randomKey(0) }),
    RangeError,
    /samples must be whole, from 1/,
  );
  throws(() => fisher(fine, { samples: 2 }), TypeError, /key/);
  using operator = gaussNewton(lin);
  ok(!operator.isPositiveSemidefinite, "the loss is not convex");
});

// Operators of blocks against the dense matrices of the whole.
import {
  batchNorm,
  type BlockOptions,
  concatenation,
  conv2d,
  dense,
  embedding,
  empiricalFisher,
  fisher,
  flatten,
  gaussNewton,
  groupNorm,
  hessian,
  lastStep,
  type Layer,
  layerNorm,
  type Linearization,
  lstm,
  memoryUsage,
  type Model,
  multiHeadAttention,
  normal,
  partition,
  type PartitionedOperator,
  type PartitionRule,
  randomKey,
  residual,
  rmsNorm,
  sequential,
  softmaxCrossEntropy,
  tanh,
  Tensor,
} from "../../mod.ts";
import type { LinearOperator, Partition } from "../../operators.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { suited } from "../nn/_layers.ts";
import { identityBound } from "../_support/tolerance.ts";

interface Net {
  readonly input: readonly number[];
  readonly layers: () => Layer[];
}

const NETS: Readonly<Record<string, Net>> = {
  "dense": {
    input: [3],
    layers: () => [dense(4), tanh(), dense(3), tanh(), dense(3)],
  },
  "conv": {
    input: [4, 4, 1],
    layers: () => [
      conv2d(2, { kernel: 2 }),
      tanh(),
      conv2d(2, { kernel: 2, stride: 2 }),
      tanh(),
      flatten(),
      dense(3),
    ],
  },
  "lstm": { input: [3, 2], layers: () => [lstm(2), lstm(2), lastStep(), dense(3)] },
  "residual": {
    input: [3],
    layers: () => [dense(3), residual([dense(3), tanh()]), layerNorm(), dense(3)],
  },
  "tied": {
    input: [3],
    layers: () => [
      dense(4),
      tanh(),
      dense(3),
      tanh(),
      dense(4, { tiedTo: "dense_2", transpose: true }),
      tanh(),
      dense(3),
    ],
  },
  "branched": {
    input: [3],
    layers: () => [
      dense(3),
      concatenation([[dense(2), tanh(), dense(2)], [], [residual([dense(3), tanh()])]]),
      dense(3),
    ],
  },
  "batch-normalized": {
    input: [3, 2],
    layers: () => [dense(3), batchNorm(), tanh(), residual([batchNorm()]), flatten(), dense(3)],
  },
  "transformer": {
    input: [3],
    layers: () => [
      embedding(4, 4),
      residual([rmsNorm(), multiHeadAttention({ heads: 2, causal: true })]),
      residual([groupNorm(2), dense(4), tanh()]),
      flatten(),
      dense(3),
    ],
  },
};
const RULES: readonly PartitionRule[] = ["site", 2, [[1], [0, 2]]];
const BATCH_SIZES = [1, 4];

type Make = (lin: Linearization, options?: BlockOptions) => PartitionedOperator;
const OPERATORS: Readonly<Record<string, Make>> = {
  gaussNewton,
  hessian,
  fisher,
  "fisher by samples": (lin, options) => fisher(lin, { samples: 2, key: randomKey(3), ...options }),
  empiricalFisher,
};

/** Runs `body` with a linearization of a network. */
function linearized(
  { input, layers }: Net,
  batchSize: number,
  body: (lin: Linearization, model: Model) => void,
): void {
  using model = sequential({ input: [...input], seed: 2, dtype: "float64" }, layers());
  using numbers = normal(randomKey(1), [batchSize, ...input], { dtype: "float64" });
  const x = suited(numbers, layers());
  using y = new Tensor("float64", [batchSize]);
  for (let n = 0; n < batchSize; n++) y.data[n] = n % 3;
  using lin = model.linearize(softmaxCrossEntropy(), { input: x, target: y, isTraining: true });
  body(lin, model);
}

function matrixOf(operator: LinearOperator): number[][] {
  using matrix = operator.toDense();
  return matrix.toArray() as number[][];
}

/** Numbers of the parameters of every block. */
function indicesOf({ blocks }: Partition): number[][] {
  return blocks.map(({ ranges }) =>
    ranges.flatMap(({ offset, size }) => Array.from({ length: size }, (_, i) => offset + i))
  );
}

/** The rule for a network with its number of sites: what lies beyond the third joins the first block. */
function ruleFor(rule: PartitionRule, { sites }: Model): PartitionRule {
  if (!Array.isArray(rule)) return rule;
  const [first, ...others] = rule as number[][];
  return [[...first, ...[...sites.keys()].slice(3)], ...others];
}

for (const [name, net] of Object.entries(NETS)) {
  for (const [kind, make] of Object.entries(OPERATORS)) {
    test(`every block of ${kind} of a ${name} network is that part of the dense matrix`, () => {
      for (const batchSize of BATCH_SIZES) {
        linearized(net, batchSize, (lin, model) => {
          using whole = make(lin);
          const matrix = matrixOf(whole), bound = identityBound("float64");
          for (const rule of RULES) {
            const parts = partition(model, ruleFor(rule, model)), indices = indicesOf(parts);
            using operator = make(lin, { partition: parts });
            equal(operator.blocks.map(({ size }) => size), parts.blocks.map(({ size }) => size));
            const expected = matrix.map((row) => row.map(() => 0));
            for (const [b, block] of indices.entries()) {
              const part = block.map((p) => block.map((q) => matrix[p][q]));
              allNear(matrixOf(operator.blocks[b]).flat(), part.flat(), bound, `block ${b}`);
              for (const p of block) for (const q of block) expected[p][q] = matrix[p][q];
            }
            allNear(matrixOf(operator).flat(), expected.flat(), bound, "all blocks");
          }
        });
      }
    });
  }
}

test("a block's product has the bits of its part of the product of all, whatever ran before", () => {
  for (const net of Object.values(NETS)) {
    linearized(net, 4, (lin, model) => {
      for (const make of Object.values(OPERATORS)) {
        const parts = partition(model, "site");
        using operator = make(lin, { partition: parts });
        using v = normal(randomKey(5), [model.parameterCount], { dtype: "float64" });
        using all = operator.apply(v);
        for (const b of [...parts.blocks.keys()].reverse()) {
          using own = parts.blocks[b].gather(v);
          using product = operator.blocks[b].apply(own);
          using expected = parts.blocks[b].gather(all);
          equal([...product.data], [...expected.data]);
        }
      }
    });
  }
});

test("products of blocks allocate nothing after the first, and do not touch what is not theirs", () => {
  linearized(NETS.residual, 4, (lin, model) => {
    const [first] = partition(model, [[0, 3], [1, 2]]).blocks;
    using operator = gaussNewton(lin, { partition: [[0, 3], [1, 2]] });
    using v = normal(randomKey(5), [first.size], { dtype: "float64" });
    using out = new Tensor("float64", [first.size]);
    operator.blocks[0].apply(v, out);
    const { liveBytes } = memoryUsage();
    operator.blocks[0].apply(v, out);
    equal(memoryUsage().liveBytes, liveBytes);
  });
});

test("a partition of another model is refused, and so are two ways of saying it", () => {
  linearized(NETS.dense, 2, (lin, model) => {
    using other = sequential({ input: [3], dtype: "float64" }, NETS.dense.layers());
    throws(() => gaussNewton(lin, { partition: partition(other, 2) }), TypeError, /another model/);
    throws(() => gaussNewton(lin, { partition: 2, blocks: "site" }), TypeError, /two names/);
    const [block] = partition(other, 2).blocks;
    using v = new Tensor("float64", [block.size]);
    v.data.fill(1);
    throws(() => lin.jvp(v, undefined, block), TypeError, /block belongs to another model/);
    using fits = partition(model, 2).blocks[0].gather(model.parameters);
    using moved = lin.jvp(fits, undefined, partition(model, 2).blocks[0]);
    ok(moved.size > 0, "a block of the model itself is taken");
  });
});

test("blocks declare what the whole declares", () => {
  linearized(NETS.dense, 2, (lin) => {
    using operator = gaussNewton(lin, { partition: "site" });
    equal(operator.blocks.map((block) => block.isPositiveSemidefinite), [true, true, true]);
    using bent = hessian(lin, { partition: "site" });
    equal(bent.blocks.map((block) => block.isSymmetric), [true, true, true]);
    equal(bent.blocks.map((block) => block.isPositiveSemidefinite), [false, false, false]);
  });
});

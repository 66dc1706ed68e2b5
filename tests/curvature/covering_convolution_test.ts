// A convolution with one position is a dense layer: every product with one is that with the other,
// to the bit where sums have the same order.
import {
  empiricalFisher,
  fisher,
  gaussNewton,
  gaussNewtonMatrix,
  type GaussNewtonMatrixOptions,
  hessian,
  type Linearization,
  type Loss,
  positiveCurvatureHessian,
  randomKey,
  Scope,
  softmaxCrossEntropy,
  squaredError,
  Tensor,
  tensor,
  welsch,
} from "../../mod.ts";
import {
  exactPositiveCurvature,
  jacobian,
  type LinearOperator,
  preActivationHessians,
} from "../../operators.ts";
import { gradientMoment, inputMoment } from "../../src/curvature/kronecker_factors.ts";
import { gradientsOf, inputsOf } from "../../src/curvature/statistics/rows.ts";
import { squaredGradients } from "../../src/curvature/statistics/squared_gradients.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { COVERING_CASES, coveringTwins } from "../_support/covering.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES, randomRows, randomVector } from "../_support/twins.ts";

/** Squares are added sample by sample where rows are patches, in one product where they are not. */
const HAS_OTHER_ORDER = /^squares of gradients$/;

const OUTPUTS = 3;
const BATCH_SIZES = [1, 5, 37];

/** Numbers of a linearization, by the name of the function that makes them; the scope owns what that makes. */
type Quantities = Readonly<Record<string, (lin: Linearization, scope: Scope) => readonly Tensor[]>>;

const directionOf = ({ parameterCount, output: { dtype } }: Linearization): Tensor =>
  randomVector(3, parameterCount, dtype);

const cotangentOf = ({ output: { dtype, shape, size } }: Linearization): Tensor =>
  randomVector(4, size, dtype).view(shape);

const weightsOf = ({ batchSize }: Linearization): number[] =>
  Array.from({ length: batchSize }, (_, n) => n % 3 / 2);

/** The last site by itself, and all others. */
const blocksOf = ({ modelSites: { length: siteCount } }: Linearization): number[][] => [
  [siteCount - 1],
  Array.from({ length: siteCount - 1 }, (_, i) => i),
];

/** An operator as a matrix. */
function denseOf(op: LinearOperator, scope: Scope): Tensor {
  return scope.own(scope.own(op).toDense());
}

/** An operator with all blocks, with those of sites, and with others. */
function denseByBlocks(
  make: (lin: Linearization, options: { blocks?: "site" | number[][] }) => LinearOperator,
): Quantities[string] {
  return (lin, scope) =>
    [{}, { blocks: "site" as const }, { blocks: blocksOf(lin) }]
      .map((options) => denseOf(make(lin, options), scope));
}

/** The matrix by one assembly, with weights and without. */
function matricesBy(
  assembly: NonNullable<GaussNewtonMatrixOptions["assembly"]>,
): Quantities[string] {
  return (lin, scope) =>
    [{}, { sampleWeights: weightsOf(lin), l2: 0.1 }].map((options) =>
      scope.own(gaussNewtonMatrix(lin, { ...options, assembly }))
    );
}

const EVERYWHERE: Quantities = {
  "output": (lin) => [lin.output],
  "gradient()": (lin, scope) => [scope.own(lin.gradient())],
  "perSampleGradients()": (lin, scope) => [scope.own(lin.perSampleGradients())],
  "jvp()": (lin, scope) =>
    [undefined, ...blocksOf(lin)].map((block) =>
      scope.own(lin.jvp(directionOf(lin), undefined, block))
    ),
  "vjp()": (lin, scope) =>
    [undefined, ...blocksOf(lin)].map((block) =>
      scope.own(lin.vjp(cotangentOf(lin), undefined, block))
    ),
  "hvp()": (lin, scope) => [scope.own(lin.hvp(directionOf(lin)))],
  "siteCotangents()": (lin) => lin.siteCotangents(cotangentOf(lin)),
  "outputs and gradients of sites": ({ sites }) =>
    sites.flatMap(({ outputs, outputGradients }) => [outputs, outputGradients]),
  "jacobian()": (lin, scope) => [scope.own(jacobian(lin))],
  "hessian()": (lin, scope) => [denseOf(hessian(lin), scope)],
  "squares of gradients": (lin, scope) => [
    squaredGradients(lin, scope.own(new Tensor(lin.output.dtype, [lin.parameterCount]))),
  ],
  "Kronecker factors": ({ sites, batchSize, output: { dtype } }, scope) =>
    sites.flatMap((site) => {
      const [g, a] = site.weight.shape.map((size) => scope.own(new Tensor(dtype, [size, size])));
      const blend = { fresh: 1, old: 0 };
      return [
        inputMoment(inputsOf(site), batchSize, a, blend),
        gradientMoment(gradientsOf(site), g, blend),
      ];
    }),
  "gaussNewton()": denseByBlocks(gaussNewton),
  "empiricalFisher()": denseByBlocks(empiricalFisher),
  "gaussNewtonMatrix()": matricesBy("auto"),
  "gaussNewtonMatrix(), per-weight": matricesBy("per-weight"),
};

const OF_CONVEX: Quantities = {
  "gaussNewtonMatrix(), jacobian": matricesBy("jacobian"),
  "fisher()": denseByBlocks(fisher),
  "fisher() of samples": denseByBlocks((lin, options) =>
    fisher(lin, { ...options, samples: 2, key: randomKey(8) })
  ),
};

const OF_NODES: Quantities = { "gaussNewtonMatrix(), nodewise": matricesBy("nodewise") };

/** What is documented for chains of dense layers. */
const OF_DENSE_CHAINS = [positiveCurvatureHessian, exactPositiveCurvature, preActivationHessians];

interface LossCase {
  readonly loss: Loss;
  readonly targets: (batchSize: number) => number[] | number[][];
}

const LOSSES: readonly LossCase[] = [
  { loss: squaredError(), targets: (count) => randomRows(2, count, OUTPUTS) },
  {
    loss: softmaxCrossEntropy(),
    targets: (count) => Array.from({ length: count }, (_, n) => n % OUTPUTS),
  },
  { loss: welsch(), targets: (count) => randomRows(2, count, OUTPUTS) },
];

const numbersOf = (tensors: readonly Tensor[]): number[] =>
  tensors.flatMap(({ data }) => [...data]);

/** Fails unless both are the same, element by element. */
function sameNumbers(found: readonly number[], expected: readonly number[], what: string): void {
  equal(found.length, expected.length, what);
  const index = found.findIndex((value, i) => value !== expected[i]);
  equal(found[index], expected[index], `${what}[${index}]`);
}

for (const dtype of DTYPES) {
  for (const covering of COVERING_CASES) {
    test(`${covering.name}: every product is that of the dense twin, in ${dtype}`, () => {
      for (const { loss, targets } of LOSSES) {
        for (const batchSize of BATCH_SIZES) {
          using scope = new Scope();
          const { models, inputs } = coveringTwins(scope, covering, batchSize, dtype);
          const target = scope.own(tensor(targets(batchSize), { dtype }));
          const [lin, twin] = models.map((model, i) =>
            scope.own(model.linearize(loss, { input: inputs[i], target }))
          );
          const quantities = {
            ...EVERYWHERE,
            ...(loss.isConvex && OF_CONVEX),
            ...(!covering.hasManyPositions && OF_NODES),
          };
          for (const [name, of] of Object.entries(quantities)) {
            const what = `${loss.name}, ${batchSize} samples, ${name}`;
            using made = new Scope();
            const [found, expected] = [lin, twin].map((each) => numbersOf(of(each, made)));
            if (HAS_OTHER_ORDER.test(name)) allNear(found, expected, identityBound(dtype), what);
            else sameNumbers(found, expected, what);
          }
        }
      }
    });
  }
}

test("a covering convolution and its twin have the same sites, and rows A with the same numbers", () => {
  for (const covering of COVERING_CASES) {
    using scope = new Scope();
    const { models, inputs } = coveringTwins(scope, covering, 4, "float64");
    const target = scope.own(tensor(randomRows(2, 4, OUTPUTS), { dtype: "float64" }));
    const [lin, twin] = models.map((model, i) =>
      scope.own(model.linearize(squaredError(), { input: inputs[i], target }))
    );
    for (const [i, { inputs }] of lin.sites.entries()) {
      equal(inputs.toArray(), twin.sites[i].inputs.toArray(), `${covering.name}, site ${i}`);
    }
    ok(covering.hasManyPositions || lin.sites[0].positions === 1, covering.name);
  }
});

test("what is documented for chains of dense layers refuses a covering convolution by its name", () => {
  for (const covering of COVERING_CASES) {
    using scope = new Scope();
    const { models: [model], inputs: [input] } = coveringTwins(scope, covering, 4, "float64");
    const target = scope.own(tensor(randomRows(2, 4, OUTPUTS), { dtype: "float64" }));
    using lin = model.linearize(squaredError(), { input, target });
    for (const make of OF_DENSE_CHAINS) {
      throws(() => make(lin), TypeError, /site "conv2d_1" .*supported are dense sites/);
    }
  }
});

test("a convolution at many positions has no nodes", () => {
  const covering = COVERING_CASES.find(({ hasManyPositions }) => hasManyPositions)!;
  using scope = new Scope();
  const { models, inputs } = coveringTwins(scope, covering, 4, "float64");
  const target = scope.own(tensor(randomRows(2, 4, OUTPUTS), { dtype: "float64" }));
  for (const [i, model] of models.entries()) {
    using lin = model.linearize(squaredError(), { input: inputs[i], target });
    throws(
      () => gaussNewtonMatrix(lin, { assembly: "nodewise" }),
      TypeError,
      /"conv2d_1" does not act once/,
    );
  }
});

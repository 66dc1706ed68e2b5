// A convolution with one position is a dense layer: every method that does not cut patches up takes the same steps with one as with the other,
// to the bit where sums have the same order.
import {
  curveFit,
  type DType,
  levenbergMarquardt,
  type Loss,
  type Model,
  type Optimizer,
  Scope,
  softmaxCrossEntropy,
  squaredError,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { allNear, equal, throws } from "../_support/assert.ts";
import { COVERING_CASES, type CoveringCase, coveringTwins } from "../_support/covering.ts";
import { test } from "../_support/harness.ts";
import { TRAJECTORY_BOUND } from "../_support/tolerance.ts";
import { randomRows } from "../_support/twins.ts";
import { CUTS_PATCHES, METHODS, NEEDS_DENSE_SITES } from "./_methods.ts";

/** Methods with means of rows or of squares, which are added in another order where rows are patches. */
const HAS_OTHER_ORDER = /^kBfgs|^cwNgd|^hessianFree$|Jacobi|, by key$/;

const OUTPUTS = 3;
const STEPS = 5;
const DAMPING = 0.5;

/** Every form with every assembly that it uses; those of nodes by themselves. */
const FORMS: Readonly<Record<string, Optimizer>> = {
  "form lsmr": levenbergMarquardt({ form: "lsmr", damping: DAMPING }),
  "form primal, jacobian": levenbergMarquardt({ form: "primal", primal: { assembly: "jacobian" } }),
  "form primal, per-weight": levenbergMarquardt({
    form: "primal",
    primal: { assembly: "per-weight" },
    damping: DAMPING,
  }),
  "form auto with l2": levenbergMarquardt({ l2: 0.01, damping: DAMPING }),
};
const FORMS_OF_NODES: Readonly<Record<string, Optimizer>> = {
  "form primal, nodewise": levenbergMarquardt({
    form: "primal",
    primal: { assembly: "nodewise" },
    damping: DAMPING,
  }),
  "form dual": levenbergMarquardt({ form: "dual", damping: DAMPING }),
  "form dual, accelerated, with l2": levenbergMarquardt({
    form: "dual",
    damping: DAMPING,
    acceleration: 0.75,
    l2: 0.01,
  }),
};
const FORMS_OF_RESIDUALS: Readonly<Record<string, Optimizer>> = {
  "form square-root": levenbergMarquardt({ form: "square-root", damping: DAMPING }),
};

const LOSSES: readonly { loss: Loss; targets: (count: number) => number[] | number[][] }[] = [
  { loss: squaredError(), targets: (count) => randomRows(2, count, OUTPUTS) },
  {
    loss: softmaxCrossEntropy(),
    targets: (count) => Array.from({ length: count }, (_, n) => n % OUTPUTS),
  },
];

/** Losses and parameters of some steps. */
function courseOf(
  optimizer: Optimizer,
  model: Model,
  loss: Loss,
  batch: { input: Tensor; target: Tensor },
): number[] {
  using state = optimizer.init(model, { loss, warmStart: [batch] });
  const losses = Array.from(
    { length: STEPS },
    () => optimizer.step(state, { model, loss, batch }).loss,
  );
  return [...losses, ...model.parameters.data];
}

function optimizersFor({ hasManyPositions }: CoveringCase, loss: Loss): [string, Optimizer][] {
  return [
    METHODS,
    FORMS,
    hasManyPositions ? {} : FORMS_OF_NODES,
    loss.residuals ? FORMS_OF_RESIDUALS : {},
  ]
    .flatMap((some) => Object.entries(some));
}

function bothCourses(
  covering: CoveringCase,
  dtype: DType,
  batchSize: number,
  targets: number[] | number[][],
  run: (model: Model, batch: { input: Tensor; target: Tensor }) => number[],
): number[][] {
  using scope = new Scope();
  const { models, inputs } = coveringTwins(scope, covering, batchSize, dtype);
  const target = scope.own(tensor(targets, { dtype }));
  return models.map((model, i) => run(model, { input: inputs[i], target }));
}

for (const covering of COVERING_CASES) {
  test(`${covering.name}: every method takes the steps of the dense twin`, () => {
    for (const { loss, targets } of LOSSES) {
      for (const [name, optimizer] of optimizersFor(covering, loss)) {
        if (NEEDS_DENSE_SITES.has(name) || CUTS_PATCHES.has(name)) continue;
        for (const batchSize of [3, 9]) {
          const [found, expected] = bothCourses(
            covering,
            "float64",
            batchSize,
            targets(batchSize),
            (model, batch) => courseOf(optimizer, model, loss, batch),
          );
          const what = `${loss.name}, ${batchSize} samples, ${name}`;
          if (HAS_OTHER_ORDER.test(name)) allNear(found, expected, TRAJECTORY_BOUND, what);
          else equal(found, expected, what);
        }
      }
    }
  });
}

test("curveFit() fits a covering convolution as its twin", () => {
  for (const covering of COVERING_CASES) {
    const [found, expected] = bothCourses(
      covering,
      "float64",
      30,
      randomRows(2, 30, OUTPUTS),
      (model, { input, target }) => {
        const options = {
          maxIterations: 4,
          weights: Array.from({ length: 30 }, (_, n) => 1 + n % 2),
        };
        return [...curveFit(model, input, target, options).parameters];
      },
    );
    allNear(found, expected, TRAJECTORY_BOUND, covering.name);
  }
});

test("methods for dense nets refuse a covering convolution by its name, and leave it as it was", () => {
  for (const covering of COVERING_CASES) {
    for (const [name, optimizer] of Object.entries(METHODS)) {
      if (!NEEDS_DENSE_SITES.has(name)) continue;
      using scope = new Scope();
      const { models: [model], inputs: [input] } = coveringTwins(scope, covering, 4, "float64");
      const target = scope.own(tensor(randomRows(2, 4, OUTPUTS), { dtype: "float64" }));
      const before = [...model.parameters.data];
      throws(
        () => courseOf(optimizer, model, squaredError(), { input, target }),
        TypeError,
        /site "conv2d_1" .*supported are dense sites/,
      );
      equal([...model.parameters.data], before, `${covering.name}, ${name}`);
    }
  }
});

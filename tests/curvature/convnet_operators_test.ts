// Curvature operators of convolutional networks: strides, padding, dilation, pooling, residual branches.
import {
  empiricalFisher,
  fisher,
  gaussNewton,
  hessian,
  type Linearization,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  Tensor,
} from "../../mod.ts";
import type { LinearOperator } from "../../operators.ts";
import { allNear, near, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { adjointBound, identityBound } from "../_support/tolerance.ts";
import { randomRows, randomVector, tensorOf } from "../_support/twins.ts";
import { inner } from "../nn/_bound_layer.ts";
import { CONVNETS, forEachConvnet } from "../nn/_convnets.ts";

type Rows = number[][];

const OPERATORS: Readonly<Record<string, (lin: Linearization) => LinearOperator>> = {
  gaussNewton: (lin) => gaussNewton(lin),
  "gaussNewton by site": (lin) => gaussNewton(lin, { blocks: "site" }),
  fisher: (lin) => fisher(lin),
  empiricalFisher: (lin) => empiricalFisher(lin),
  hessian,
};

/** J (B K, P), column by column. */
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

/** (1/B) Jᵀ M J v with M of each sample as plain numbers; columns outside `block` count as 0. */
function sandwich(
  j: Rows,
  v: ArrayLike<number>,
  batchSize: number,
  metric: (u: number[]) => number[],
): number[] {
  const pushed = j.map((row) => row.reduce((sum, x, p) => sum + x * v[p], 0));
  const weighted = metric(pushed);
  return j[0].map((_, p) => j.reduce((sum, row, k) => sum + row[p] * weighted[k], 0) / batchSize);
}

function hessianMetric(lin: Linearization): (u: number[]) => number[] {
  const { lossFunction, output, target } = lin;
  return (values) => {
    using u = tensorOf([values], output.dtype), out = new Tensor(output.dtype, output.shape);
    lossFunction.hessianProduct(output, target, u.view(output.shape), out);
    return [...out.data];
  };
}

function gradientMetric(
  { lossFunction, output, target }: Linearization,
): (u: number[]) => number[] {
  using g = new Tensor(output.dtype, output.shape);
  lossFunction.evaluate(output, target, g);
  const gradient = [...g.data], width = gradient.length / output.shape[0];
  return (values) =>
    gradient.map((x, k) => {
      const from = k - k % width;
      let product = 0;
      for (let i = from; i < from + width; i++) product += gradient[i] * values[i];
      return x * product;
    });
}

test("operators of convnets are (1/B) Jᵀ M J written out", () => {
  forEachConvnet("float64", ({ lin, model, what }) => {
    const j = jacobian(lin), bound = identityBound("float64");
    using v = randomVector(3, model.parameterCount, "float64");
    const gauss = sandwich(j, v.data, lin.batchSize, hessianMetric(lin));
    const empirical = sandwich(j, v.data, lin.batchSize, gradientMetric(lin));
    for (
      const [name, expected] of [["gaussNewton", gauss], ["empiricalFisher", empirical]] as const
    ) {
      using operator = OPERATORS[name](lin);
      using product = operator.apply(v);
      allNear(product.data, expected, bound, `${name}, ${what}`);
    }
    using blocks = gaussNewton(lin, { blocks: "site" });
    using product = blocks.apply(v);
    for (const { offset, weight: { size } } of model.sites) {
      const inside = v.data.map((x, p) => p >= offset && p < offset + size ? x : 0);
      const expected = sandwich(j, inside, lin.batchSize, hessianMetric(lin));
      const [own, wanted] = [product.data, expected].map((x) => x.slice(offset, offset + size));
      allNear(own, wanted, bound, `block at ${offset}, ${what}`);
    }
  });
});

test("operators of convnets in float32 are those of their float64 twins, to rounding", () => {
  const layers = Object.values(CONVNETS);
  for (const [i, loss] of [squaredError(), softmaxCrossEntropy()].entries()) {
    for (const [k, make] of layers.entries()) {
      for (const batchSize of [1, 4]) {
        const products = (["float32", "float64"] as const).map((dtype) => {
          using model = sequential({ input: [6, 5, 2], seed: 3, dtype }, make());
          using drawn = randomVector(9, model.parameterCount, "float32");
          model.parameters.data.set(drawn.data.map((x) => x / 2));
          model.parametersChanged();
          using images = tensorOf(randomRows(1 + i, batchSize, 60), dtype);
          using target = tensorOf(randomRows(2, batchSize, 3).map((y) => y.map(Math.abs)), dtype);
          const input = images.view([batchSize, 6, 5, 2]);
          using lin = model.linearize(loss, { input, target });
          using v = randomVector(3, model.parameterCount, dtype);
          return Object.values(OPERATORS).map((operatorOf) => {
            using operator = operatorOf(lin), product = operator.apply(v);
            return [...product.data];
          });
        });
        for (const [o, name] of Object.keys(OPERATORS).entries()) {
          const [single, double] = products.map((list) => list[o]);
          allNear(single, double, identityBound("float32"), `${name}, net ${k}, B ${batchSize}`);
        }
      }
    }
  }
});

test("operators of convnets are symmetric, and semidefinite where they say so", () => {
  forEachConvnet("float64", ({ lin, model, what }) => {
    const { parameterCount } = model;
    using u = randomVector(5, parameterCount, "float64");
    using v = randomVector(6, parameterCount, "float64");
    for (const [name, operatorOf] of Object.entries(OPERATORS)) {
      using operator = operatorOf(lin), au = operator.apply(u), av = operator.apply(v);
      const size = Math.sqrt(inner(u.data, u.data) * inner(av.data, av.data));
      const bound = adjointBound(parameterCount, "float64") * (size + 1);
      near(inner(u.data, av.data), inner(v.data, au.data), bound, `${name}, ${what}`);
      if (operator.isPositiveSemidefinite) {
        ok(inner(v.data, av.data) >= -bound, `${name}, ${what}: vᵀA v`);
      }
    }
  });
});

test("with no residual the Hessian of a convnet with squared error is its Gauss-Newton matrix", () => {
  for (const layers of Object.values(CONVNETS)) {
    using model = sequential({ input: [6, 5, 2], seed: 3, dtype: "float64" }, layers());
    using images = tensorOf(randomRows(1, 4, 60), "float64");
    const input = images.view([4, 6, 5, 2]);
    using target = model.predict(input);
    using lin = model.linearize(squaredError(), { input, target });
    using v = randomVector(3, model.parameterCount, "float64");
    using curved = hessian(lin), gauss = gaussNewton(lin);
    using hv = curved.apply(v), gv = gauss.apply(v);
    allNear(hv.data, gv.data, identityBound("float64"));
  }
});

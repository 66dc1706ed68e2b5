// Hessian products, blocks of sites, residual branches and concatenations, on networks of every shape.
import {
  concatenation,
  dense,
  flatten,
  gelu,
  type Layer,
  type Linearization,
  type Model,
  relu,
  reshape,
  residual,
  sequential,
  sigmoid,
  softmaxCrossEntropy,
  softplus,
  squaredError,
  tanh,
  Tensor,
  welsch,
} from "../../mod.ts";
import { allNear, equal, near, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  adjointBound,
  identityBound,
  SECOND_DIFFERENCE_BOUND,
  SECOND_DIFFERENCE_STEP,
} from "../_support/tolerance.ts";
import { randomRows, randomVector, tensorOf } from "../_support/twins.ts";
import { dot } from "../oracles/matrices.ts";

const [INPUTS, OUTPUTS] = [4, 3];
const BATCH_SIZES = [1, 7];

const NETS: Readonly<Record<string, () => Layer[]>> = {
  mlp: () => [dense(6), tanh(), dense(5), gelu(), dense(OUTPUTS)],
  reshaped: () => [reshape([2, 2]), flatten(), dense(5), sigmoid(), dense(OUTPUTS), softplus()],
  residual: () => [residual([dense(6), tanh(), dense(INPUTS)]), gelu(), dense(OUTPUTS)],
  projected: () => [
    dense(5),
    tanh(),
    residual([dense(4), tanh(), dense(6), tanh()], { projection: [dense(6)] }),
    residual([tanh()]),
    dense(OUTPUTS, { bias: false }),
  ],
  concatenated: () => [
    concatenation([[], [dense(3), tanh()], [gelu(), dense(2, { bias: false })]]),
    dense(OUTPUTS),
  ],
  nested: () => [
    residual([concatenation([[dense(1), tanh()], [residual([dense(4), tanh()]), dense(3)]])]),
    concatenation([[residual([dense(4), tanh()])], [concatenation([[], [dense(2), tanh()]])]]),
    dense(OUTPUTS),
  ],
};
const LOSSES = { squaredError: squaredError(), softmax: softmaxCrossEntropy(), welsch: welsch() };

/** Runs `body` for every net, loss and batch size in float64. */
function forEachCase(
  body: (lin: Linearization, model: Model, again: () => Linearization) => void,
): void {
  for (const layers of Object.values(NETS)) {
    for (const loss of Object.values(LOSSES)) {
      for (const batchSize of BATCH_SIZES) {
        using model = sequential({ input: [INPUTS], seed: 5, dtype: "float64" }, layers());
        using input = tensorOf(randomRows(1, batchSize, INPUTS), "float64");
        using target = tensorOf(randomRows(2, batchSize, OUTPUTS), "float64");
        target.data.forEach((y, i) => target.data[i] = Math.abs(y));
        const linearize = (): Linearization => model.linearize(loss, { input, target });
        using lin = linearize();
        body(lin, model, linearize);
      }
    }
  }
}

/** The gradient a step h along v. */
function gradientAlong(
  model: Model,
  v: Tensor,
  h: number,
  linearize: () => Linearization,
): number[] {
  const { data } = model.parameters;
  const before = data.slice();
  data.forEach((x, i) => data[i] = x + h * v.data[i]);
  model.parametersChanged();
  using lin = linearize();
  using gradient = lin.gradient();
  data.set(before);
  model.parametersChanged();
  return [...gradient.data];
}

test("hvp() is the derivative of the gradient", () => {
  forEachCase((lin, model, linearize) => {
    using v = randomVector(3, model.parameterCount, "float64");
    using product = lin.hvp(v);
    const h = SECOND_DIFFERENCE_STEP;
    const [ahead, behind] = [h, -h].map((step) => gradientAlong(model, v, step, linearize));
    const difference = ahead.map((g, i) => (g - behind[i]) / (2 * h));
    allNear(product.data, difference, SECOND_DIFFERENCE_BOUND, "Hv");
  });
});

test("hvp() is symmetric, repeatable to the bit, and leaves gradient and sites alone", () => {
  forEachCase((lin, model) => {
    using u = randomVector(3, model.parameterCount, "float64");
    using v = randomVector(4, model.parameterCount, "float64");
    using gradient = lin.gradient();
    const sites = lin.sites.map(({ outputGradients }) => [...outputGradients.data]);
    using hu = lin.hvp(u);
    using hv = lin.hvp(v);
    using again = lin.hvp(u);
    equal([...again.data], [...hu.data]);
    const scale = Math.sqrt(dot([...hu.data], [...hu.data]) * dot([...v.data], [...v.data]));
    const bound = adjointBound(model.parameterCount, "float64") * (scale + 1);
    near(dot([...v.data], [...hu.data]), dot([...u.data], [...hv.data]), bound, "uᵀHv");
    using gradientAfter = lin.gradient();
    equal([...gradientAfter.data], [...gradient.data]);
    equal(lin.sites.map(({ outputGradients }) => [...outputGradients.data]), sites);
  });
});

test("jvp() and vjp() of a block are those columns and rows of the full Jacobian", () => {
  forEachCase((lin, model) => {
    const count = model.sites.length;
    for (const block of [[0], [count - 1], [...Array(count).keys()].filter((i) => i % 2 === 1)]) {
      using v = randomVector(3, model.parameterCount, "float64");
      using masked = randomVector(3, model.parameterCount, "float64");
      for (const [i, { offset, weight }] of model.sites.entries()) {
        if (!block.includes(i)) masked.data.fill(0, offset, offset + weight.size);
      }
      using full = lin.jvp(masked);
      using restricted = lin.jvp(v, undefined, block);
      allNear(restricted.data, full.data, identityBound("float64"), "J v");
      using pulled = lin.vjp(full);
      using part = lin.vjp(full, undefined, block);
      for (const [i, { offset, weight }] of model.sites.entries()) {
        const [found, wanted] = [part, pulled].map(({ data }) =>
          data.slice(offset, offset + weight.size)
        );
        allNear(
          found,
          block.includes(i) ? wanted : wanted.fill(0),
          identityBound("float64"),
          "Jᵀu",
        );
      }
    }
  });
});

test("the Hessian of a piecewise linear net with squared error is its Gauss-Newton matrix", () => {
  using model = sequential({ input: [INPUTS], seed: 2, dtype: "float64" }, [
    dense(6),
    relu(),
    dense(OUTPUTS),
  ]);
  using input = tensorOf(randomRows(1, 5, INPUTS), "float64");
  using target = tensorOf(randomRows(2, 5, OUTPUTS), "float64");
  using lin = model.linearize(squaredError(), { input, target });
  // Only within a block: between the layers the Hessian has the term G dW as well.
  for (const [i, { offset, weight }] of model.sites.entries()) {
    using v = new Tensor("float64", [model.parameterCount]);
    v.data.fill(0);
    using direction = randomVector(3, weight.size, "float64");
    v.data.set(direction.data, offset);
    using hv = lin.hvp(v);
    using jv = lin.jvp(v, undefined, [i]);
    using gv = lin.vjp(jv, undefined, [i]);
    const expected = gv.data.slice(offset, offset + weight.size).map((x) => x / lin.batchSize);
    const found = hv.data.slice(offset, offset + weight.size);
    allNear(found, expected, identityBound("float64"), `block ${i}`);
  }
});

test("residual() refuses branches that do not fit their shortcut", () => {
  const broken = (): Model => sequential({ input: [4] }, [residual([dense(3)])]);
  throws(broken, TypeError, /must be equal/);
});

test("residual() of an empty branch doubles its input, and names its arrays by branch", () => {
  using model = sequential({ input: [2], dtype: "float64" }, [residual([])]);
  using input = tensorOf([[1, -2]], "float64");
  using output = model.predict(input);
  equal(output.toArray(), [[2, -4]]);
  using named = sequential({ input: [2] }, [residual([dense(2)], { projection: [dense(2)] })]);
  const names = named.sites.flatMap(({ arrays }) => arrays.map(({ name }) => name));
  equal(names[0], "0.branch.0.weight");
  equal(names[2], "0.projection.0.weight");
});

import { type Tensor, tensor } from "../../mod.ts";
import { allNear, equal, near, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  adjointBound,
  identityBound,
  ROUNDOFF_FLOOR,
  SECOND_DIFFERENCE_BOUND,
  SECOND_DIFFERENCE_STEP,
  TAYLOR_SLOPE,
} from "../_support/tolerance.ts";
import {
  ACTIVATION_LAYERS,
  type ActivationName,
  DTYPES,
  LOSS_CASES,
  randomRows,
  randomVector,
  tensorOf,
  type Twin,
  twin,
} from "../_support/twins.ts";
import { dot } from "../oracles/matrices.ts";

const INPUTS = 4;
const OUTPUTS = 3;
const KINKED = new Set<string>(["relu", "leaky_relu", "elu", "selu"]);
const ACTIVATIONS = Object.keys(ACTIVATION_LAYERS) as ActivationName[];
const SMOOTH = ACTIVATIONS.filter((name) => !KINKED.has(name));

function network(activation: ActivationName, dtype: "float32" | "float64"): Twin {
  const hidden = { activation, parameter: 0.25 };
  return twin({
    inputs: INPUTS,
    layers: [{ units: 5, ...hidden }, { units: 4, ...hidden }, { units: OUTPUTS }],
    dtype,
  });
}

const inner = (a: Tensor, b: Tensor): number => dot([...a.data], [...b.data]);
const norm = (a: Tensor): number => Math.sqrt(inner(a, a));

test("jvp() and vjp() are adjoint: <u, J v> = <Jᵀ u, v>", () => {
  for (const dtype of DTYPES) {
    for (const activation of ACTIVATIONS) {
      for (const batchSize of [1, 6, 33]) {
        const { model } = network(activation, dtype);
        using input = tensorOf(randomRows(1, batchSize, INPUTS), dtype);
        using target = tensorOf(randomRows(2, batchSize, OUTPUTS), dtype);
        using lin = model.linearize(LOSS_CASES.squaredError.loss, { input, target });
        using v = randomVector(3, model.parameterCount, dtype);
        using u = tensorOf(randomRows(4, batchSize, OUTPUTS), dtype);
        using jv = lin.jvp(v);
        using ju = lin.vjp(u);
        const bound = adjointBound(model.parameterCount, dtype) * norm(u) * norm(jv);
        near(inner(u, jv), inner(ju, v), bound, `${activation}, ${dtype}, ${batchSize}`);
        model.dispose();
      }
    }
  }
});

/** The least-squares slope of log2 of remainders over the steps 2^-4 … 2^-12 where they are clear of roundoff. */
function slopeOf(remainder: (h: number) => number): number {
  const exponents = [4, 5, 6, 7, 8, 9, 10, 11, 12];
  const points = exponents.map((e) => [-e, Math.log2(remainder(2 ** -e))])
    .filter(([, size]) => 2 ** size > ROUNDOFF_FLOOR);
  ok(points.length >= 4, "too few steps are clear of roundoff");
  const mean = (i: number): number => points.reduce((sum, p) => sum + p[i], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const across = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return across / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

/** Losses along a line through the parameters, and the derivatives there. */
function alongLine(lossName: string, activation: ActivationName, length: number) {
  const { model } = network(activation, "float64");
  const { loss, targets } = LOSS_CASES[lossName];
  const input = tensorOf(randomRows(5, 6, INPUTS), "float64");
  const target = tensor(targets(6, 6, OUTPUTS).given, { dtype: "float64" });
  const start = [...model.parameters.data];
  // Short, so that at the largest step the next term of the expansion is below the slope's tolerance.
  const v = tensor(
    [...randomVector(17, model.parameterCount, "float64").data].map((x) => x * length),
    {
      dtype: "float64",
    },
  );
  using lin = model.linearize(loss, { input, target });
  using gradient = lin.gradient();
  using curved = lin.hvp(v);
  const [value, slope, curvature] = [lin.loss, inner(gradient, v), inner(curved, v)];
  const at = (h: number): number => {
    for (const [i, x] of start.entries()) model.parameters.data[i] = x + h * v.data[i];
    model.parametersChanged();
    using moved = model.linearize(loss, { input, target });
    return moved.loss;
  };
  return { value, slope, curvature, at };
}

const LINES: readonly (readonly [string, ActivationName])[] = [
  ...SMOOTH.map((activation) => ["sigmoidCrossEntropy", activation] as const),
  ...Object.keys(LOSS_CASES).filter((name) => name !== "huber").map((name) =>
    [name, "tanh"] as const
  ),
];

test("what the gradient leaves of a Taylor expansion shrinks with the square of the step", () => {
  for (const [lossName, activation] of LINES) {
    const { value, slope, at } = alongLine(lossName, activation, 1 / 64);
    const remainder = (h: number): number => Math.abs(at(h) - value - h * slope);
    near(slopeOf(remainder), 2, TAYLOR_SLOPE, `${lossName}, ${activation}`);
  }
});

test("what the Hessian product leaves shrinks with the cube of the step", () => {
  for (const [lossName, activation] of LINES) {
    const { value, slope, curvature, at } = alongLine(lossName, activation, 1 / 16);
    const remainder = (h: number): number =>
      Math.abs(at(h) - value - h * slope - 0.5 * h * h * curvature);
    near(slopeOf(remainder), 3, TAYLOR_SLOPE, `${lossName}, ${activation}`);
  }
});

test("hvp() is the derivative of gradient(), through kinks too", () => {
  for (const activation of ACTIVATIONS) {
    for (const lossName of ["squaredError", "softmaxIndices"]) {
      const { model } = network(activation, "float64");
      const { loss, targets } = LOSS_CASES[lossName];
      using input = tensorOf(randomRows(8, 5, INPUTS), "float64");
      using target = tensor(targets(9, 5, OUTPUTS).given, { dtype: "float64" });
      using v = randomVector(10, model.parameterCount, "float64");
      const start = [...model.parameters.data];
      using lin = model.linearize(loss, { input, target });
      using product = lin.hvp(v);
      using again = lin.hvp(v);
      equal([...again.data], [...product.data], "the second product");
      const gradientAt = (h: number): number[] => {
        for (const [i, x] of start.entries()) model.parameters.data[i] = x + h * v.data[i];
        model.parametersChanged();
        using moved = model.linearize(loss, { input, target });
        using gradient = moved.gradient();
        return [...gradient.data];
      };
      const h = SECOND_DIFFERENCE_STEP;
      const behind = gradientAt(-h);
      const difference = gradientAt(h).map((g, i) => (g - behind[i]) / (2 * h));
      allNear(product.data, difference, SECOND_DIFFERENCE_BOUND, `${activation}, ${lossName}`);
      model.dispose();
    }
  }
});

test("the Hessian is symmetric: <u, H v> = <H u, v>", () => {
  for (const dtype of DTYPES) {
    const { model } = network("gelu", dtype);
    const { loss, targets } = LOSS_CASES.softmaxWeights;
    using input = tensorOf(randomRows(8, 5, INPUTS), dtype);
    using target = tensor(targets(9, 5, OUTPUTS).given, { dtype });
    using lin = model.linearize(loss, { input, target });
    using u = randomVector(11, model.parameterCount, dtype);
    using v = randomVector(12, model.parameterCount, dtype);
    using hu = lin.hvp(u);
    using hv = lin.hvp(v);
    const bound = adjointBound(model.parameterCount, dtype) * norm(u) * norm(hv);
    near(inner(u, hv), inner(hu, v), bound, dtype);
    model.dispose();
  }
});

test("products restricted to a block are the block's columns and rows of J", () => {
  for (const dtype of DTYPES) {
    const { model } = network("silu", dtype);
    using input = tensorOf(randomRows(13, 5, INPUTS), dtype);
    using target = tensorOf(randomRows(14, 5, OUTPUTS), dtype);
    using lin = model.linearize(LOSS_CASES.squaredError.loss, { input, target });
    using v = randomVector(15, model.parameterCount, dtype);
    using u = tensorOf(randomRows(16, 5, OUTPUTS), dtype);
    using full = lin.vjp(u);
    for (const block of [[0], [1], [2], [0, 2], [1, 2], [0, 1, 2]]) {
      const belongs = new Uint8Array(model.parameterCount);
      for (const i of block) {
        const { offset, weight } = model.sites[i];
        belongs.fill(1, offset, offset + weight.size);
      }
      using masked = tensor([...v.data].map((x, i) => belongs[i] ? x : 0), { dtype });
      using expected = lin.jvp(masked);
      using restricted = lin.jvp(v, undefined, block);
      const bound = identityBound(dtype);
      allNear(restricted.data, expected.data, bound, `jvp ${block}`);
      using pulled = lin.vjp(u, undefined, block);
      allNear(pulled.data, [...full.data].map((x, i) => belongs[i] ? x : 0), bound, `vjp ${block}`);
    }
    model.dispose();
  }
});

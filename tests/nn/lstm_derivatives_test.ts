// Second derivatives of whole recurrent networks, against differences and each other.
import {
  concatenation,
  dense,
  lastStep,
  type Layer,
  type Linearization,
  lstm,
  residual,
  sequential,
  softmaxCrossEntropy,
  tanh,
} from "../../mod.ts";
import { allNear, equal, near } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  adjointBound,
  identityBound,
  SECOND_DIFFERENCE_BOUND,
  SECOND_DIFFERENCE_STEP,
  TAYLOR_SLOPE,
} from "../_support/tolerance.ts";
import { DTYPES, randomRows, randomVector, tensorOf } from "../_support/twins.ts";
import { inner } from "./_bound_layer.ts";
import { along, difference, type LinearizedCase, slopeOf } from "./_differences.ts";

const [STEPS, FEATURES, CLASSES] = [5, 3, 3];

const NETS: Readonly<Record<string, () => Layer[]>> = {
  "three layers, every step": () => [lstm(4), lstm(3), lstm(5), dense(CLASSES)],
  "three layers, last step": () => [lstm(4), lstm(3), lstm(5), lastStep(), dense(CLASSES)],
  "residual, with layers between": () => [
    dense(4),
    residual([lstm(4), tanh(), dense(4)]),
    lstm(3, { forgetBias: 0 }),
    dense(CLASSES),
  ],
  "concatenation, last step": () => [
    concatenation([[], [lstm(3)], [dense(2), tanh()]]),
    lstm(4),
    lastStep(),
    dense(CLASSES),
  ],
};

interface Case extends LinearizedCase {
  readonly what: string;
  readonly lin: Linearization;
}

function forEachCase(dtype: "float32" | "float64", body: (found: Case) => void): void {
  for (const [name, layers] of Object.entries(NETS)) {
    for (const samples of [1, 4]) {
      using model = sequential({ input: [STEPS, FEATURES], seed: 3, dtype }, layers());
      using rows = tensorOf(randomRows(1, samples * STEPS, FEATURES), dtype);
      const choices = model.output.length === 1 ? 1 : STEPS;
      using weights = tensorOf(randomRows(2, samples * choices, CLASSES), dtype);
      weights.data.forEach((y, i) => weights.data[i] = Math.abs(y));
      const input = rows.view([samples, STEPS, FEATURES]);
      const target = weights.view([samples, ...model.output]);
      const linearize = () => model.linearize(softmaxCrossEntropy(), { input, target });
      using lin = linearize();
      body({ what: `${name}, B ${samples}, ${dtype}`, model, lin, linearize });
    }
  }
}

test("an LSTM's hvp() is the derivative of its gradient", () => {
  forEachCase("float64", (found) => {
    using v = randomVector(4, found.model.parameterCount, "float64");
    using product = found.lin.hvp(v);
    using again = found.lin.hvp(v);
    equal([...again.data], [...product.data], "the second product");
    const turned = difference(found, v, SECOND_DIFFERENCE_STEP, (lin) => {
      using gradient = lin.gradient();
      return gradient.data.slice();
    });
    allNear(product.data, turned, SECOND_DIFFERENCE_BOUND, found.what);
  });
});

test("the Hessian of an LSTM is symmetric", () => {
  for (const dtype of DTYPES) {
    forEachCase(dtype, ({ model: { parameterCount }, lin, what }) => {
      using u = randomVector(3, parameterCount, dtype);
      using v = randomVector(4, parameterCount, dtype);
      using hu = lin.hvp(u);
      using hv = lin.hvp(v);
      const size = Math.sqrt(inner(u.data, u.data) * inner(hv.data, hv.data));
      const bound = adjointBound(parameterCount, dtype) * size;
      near(inner(u.data, hv.data), inner(hu.data, v.data), bound, what);
    });
  }
});

test("what gradient and Hessian product leave of an LSTM's Taylor expansion shrinks in their order", () => {
  forEachCase("float64", (found) => {
    const { model: { parameterCount }, lin, what } = found;
    using v = randomVector(17, parameterCount, "float64");
    v.data.forEach((x, i) => v.data[i] = x / 16);
    using gradient = lin.gradient();
    using curved = lin.hvp(v);
    const slope = inner(gradient.data, v.data), curvature = inner(curved.data, v.data);
    const rest = (h: number): number =>
      along(found, v, h, ({ loss }) => loss) - lin.loss - h * slope;
    near(slopeOf((h) => Math.abs(rest(h))), 2, TAYLOR_SLOPE, what);
    near(slopeOf((h) => Math.abs(rest(h) - h * h * curvature / 2)), 3, TAYLOR_SLOPE, what);
  });
});

test("products restricted to a block of an LSTM are its columns and rows of J", () => {
  forEachCase("float64", ({ model, lin, what }) => {
    for (const block of [[0], [1], [0, model.sites.length - 1]]) {
      using v = randomVector(3, model.parameterCount, "float64");
      using full = lin.jvp(v, undefined, block);
      for (const [i, { offset, weight }] of model.sites.entries()) {
        if (!block.includes(i)) v.data.fill(0, offset, offset + weight.size);
      }
      using masked = lin.jvp(v);
      allNear(full.data, masked.data, identityBound("float64"), `J v, ${what}`);
      using pulled = lin.vjp(full);
      using part = lin.vjp(full, undefined, block);
      for (const i of block) {
        const { offset, weight } = model.sites[i], end = offset + weight.size;
        const expected = pulled.data.slice(offset, end);
        allNear(part.data.slice(offset, end), expected, identityBound("float64"), `Jᵀu, ${what}`);
      }
    }
  });
});

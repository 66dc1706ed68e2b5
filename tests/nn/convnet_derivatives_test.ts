// Derivatives of whole convolutional networks, against differences and each other.
import { type Tensor, tensor } from "../../mod.ts";
import { allNear, near } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import {
  adjointBound,
  DIFFERENCE_BOUND,
  DIFFERENCE_STEP,
  identityBound,
  SECOND_DIFFERENCE_BOUND,
  SECOND_DIFFERENCE_STEP,
  TAYLOR_SLOPE,
} from "../_support/tolerance.ts";
import { DTYPES, randomVector } from "../_support/twins.ts";
import { inner } from "./_bound_layer.ts";
import { forEachConvnet } from "./_convnets.ts";
import { along, difference, slopeOf } from "./_differences.ts";

const norm = (t: Tensor): number => Math.sqrt(inner(t.data, t.data));

test("a convnet's gradient is the derivative of its loss", () => {
  forEachConvnet("float64", (convnet) => {
    const { model: { parameterCount }, lin, what } = convnet;
    using gradient = lin.gradient();
    const slopes = Array.from({ length: parameterCount }, (_, i) => {
      const unit = new Float64Array(parameterCount);
      unit[i] = 1;
      using v = tensor(unit, { dtype: "float64" });
      return difference(convnet, v, DIFFERENCE_STEP, ({ loss }) => [loss])[0];
    });
    allNear(gradient.data, slopes, DIFFERENCE_BOUND, what);
  });
});

test("a convnet's jvp() is the derivative of its output, and vjp() its transpose", () => {
  for (const dtype of DTYPES) {
    forEachConvnet(dtype, (convnet) => {
      const { model: { parameterCount }, lin, what } = convnet;
      using v = randomVector(3, parameterCount, dtype);
      using u = randomVector(4, lin.output.size, dtype);
      using jv = lin.jvp(v);
      using ju = lin.vjp(u.view(lin.output.shape));
      const bound = adjointBound(parameterCount, dtype) * norm(u) * norm(jv);
      near(inner(u.data, jv.data), inner(ju.data, v.data), bound, what);
      if (dtype === "float32") return;
      const moved = difference(convnet, v, DIFFERENCE_STEP, ({ output }) => output.data.slice());
      allNear(jv.data, moved, DIFFERENCE_BOUND, what);
    });
  }
});

test("a convnet's hvp() is the derivative of its gradient, and symmetric", () => {
  forEachConvnet("float64", (convnet) => {
    const { model: { parameterCount }, lin, what } = convnet;
    using u = randomVector(3, parameterCount, "float64");
    using v = randomVector(4, parameterCount, "float64");
    using hu = lin.hvp(u);
    using hv = lin.hvp(v);
    const turned = difference(convnet, v, SECOND_DIFFERENCE_STEP, (lin) => {
      using gradient = lin.gradient();
      return gradient.data.slice();
    });
    allNear(hv.data, turned, SECOND_DIFFERENCE_BOUND, what);
    const bound = adjointBound(parameterCount, "float64") * norm(u) * norm(hv);
    near(inner(u.data, hv.data), inner(hu.data, v.data), bound, `symmetry, ${what}`);
  });
});

test("products restricted to a block of a convnet are its columns and rows of J", () => {
  forEachConvnet("float64", ({ model, lin, what }) => {
    for (const block of [[0], [1], [0, model.sites.length - 1]]) {
      using v = randomVector(3, model.parameterCount, "float64");
      using masked = tensor([...v.data], { dtype: "float64" });
      for (const [i, { offset, weight }] of model.sites.entries()) {
        if (!block.includes(i)) masked.data.fill(0, offset, offset + weight.size);
      }
      using full = lin.jvp(masked);
      using restricted = lin.jvp(v, undefined, block);
      allNear(restricted.data, full.data, identityBound("float64"), `J v, ${what}`);
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

test("what gradient and Hessian product leave of a convnet's Taylor expansion shrinks in their order", () => {
  forEachConvnet("float64", (convnet) => {
    const { model: { parameterCount }, lin, what } = convnet;
    // Maxima that change hands within the step would be kinks.
    if (what.startsWith("pooled")) return;
    using v = randomVector(17, parameterCount, "float64");
    v.data.forEach((x, i) => v.data[i] = x / 16);
    using gradient = lin.gradient();
    using curved = lin.hvp(v);
    const [slope, curvature] = [inner(gradient.data, v.data), inner(curved.data, v.data)];
    const rest = (h: number): number =>
      along(convnet, v, h, ({ loss }) => loss) - lin.loss - h * slope;
    near(slopeOf((h) => Math.abs(rest(h) - h * h * curvature / 2)), 3, TAYLOR_SLOPE, what);
    v.data.forEach((x, i) => v.data[i] = x / 4);
    const shorter = slope / 4;
    const linear = (h: number): number =>
      along(convnet, v, h, ({ loss }) => loss) - lin.loss - h * shorter;
    near(slopeOf((h) => Math.abs(linear(h))), 2, TAYLOR_SLOPE, what);
  });
});

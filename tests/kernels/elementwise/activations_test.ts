// The activations against their closed forms in float64, their derivatives against differences.
import { equal, near, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { DIFFERENCE_BOUND, DIFFERENCE_STEP, fewRoundings } from "../../_support/tolerance.ts";
import { ACTIVATION_ORACLES } from "../../oracles/activations.ts";
import { ACTIVATIONS, derivative, value } from "./_run.ts";

const PARAMETER = 0.25;
const SAMPLES = 2001;
const RANGE = 12;
const KINKED = ["relu", "leaky_relu", "elu", "selu"];

/** Numbers of both signs, none of them the kink at 0; exact in both dtypes. */
function samplePoints(): Float64Array {
  return Float64Array.from(
    { length: SAMPLES },
    (_, i) => Math.fround((i + 0.5 - SAMPLES / 2) * 2 * RANGE / SAMPLES),
  );
}

for (const dtype of ["float32", "float64"] as const) {
  const x = samplePoints();
  for (const name of ACTIVATIONS) {
    const oracle = ACTIVATION_ORACLES[name];
    test(`${name}: value and both derivatives are the closed forms in ${dtype}`, () => {
      const found = {
        value: value(dtype, name, PARAMETER, x),
        d1: derivative(dtype, name, "d1", PARAMETER, x),
        d2: derivative(dtype, name, "d2", PARAMETER, x),
      };
      for (const order of ["value", "d1", "d2"] as const) {
        x.forEach((at, i) => {
          // 1 - sigma, rounded, is multiplied by powers of x
          const bound = fewRoundings(dtype) * Math.max(1, Math.abs(at) ** 3);
          near(found[order][i], oracle[order](at, PARAMETER), bound, `${order} at ${at}`);
        });
      }
    });
  }
}

for (const name of ACTIVATIONS) {
  test(`${name}: its derivatives are the differences of what they derive`, () => {
    const isNearKink = (at: number): boolean =>
      KINKED.includes(name) && Math.abs(at) < DIFFERENCE_STEP;
    const x = samplePoints();
    const moved = (by: number): Float64Array => x.map((at) => at + by);
    const [up, down] = [moved(DIFFERENCE_STEP), moved(-DIFFERENCE_STEP)];
    const of = {
      d1: (x: Float64Array) => value("float64", name, PARAMETER, x),
      d2: (x: Float64Array) => derivative("float64", name, "d1", PARAMETER, x),
    };
    for (const order of ["d1", "d2"] as const) {
      const found = derivative("float64", name, order, PARAMETER, x);
      const [above, below] = [of[order](up), of[order](down)];
      found.forEach((actual, i) => {
        if (isNearKink(x[i])) return;
        const expected = (above[i] - below[i]) / (2 * DIFFERENCE_STEP);
        near(actual, expected, DIFFERENCE_BOUND, `${order} at ${x[i]}`);
      });
    }
  });
}

test("the derivatives multiply t and may be written over it", () => {
  const x = Float64Array.of(-2, -0.5, 0.5, 2, 3), t = Float64Array.of(1, -2, 3, -4, 5);
  for (const name of ACTIVATIONS) {
    for (const order of ["d1", "d2"] as const) {
      const factors = derivative("float64", name, order, PARAMETER, x);
      const products = derivative("float64", name, order, PARAMETER, x, t);
      products.forEach((product, i) =>
        equal(product + 0, factors[i] * t[i] + 0, `${name} ${order}`)
      );
    }
  }
});

test("the activations are finite far out and keep NaN", () => {
  const huge = [1e4, -1e4, 1e30, -1e30];
  for (const dtype of ["float32", "float64"] as const) {
    for (const name of ACTIVATIONS) {
      const results = [
        value(dtype, name, PARAMETER, huge),
        derivative(dtype, name, "d1", PARAMETER, huge),
        derivative(dtype, name, "d2", PARAMETER, huge),
      ];
      for (const result of results) {
        ok(result.every(Number.isFinite), `${name} in ${dtype}: ${result.join(" ")}`);
      }
      ok(Number.isNaN(value(dtype, name, PARAMETER, [NaN])[0]), `${name}(NaN)`);
    }
  }
});

test("sigmoid-gated activations vanish at -inf and stay exact for the least numbers", () => {
  for (const name of ["gelu", "gelu_tanh", "silu"] as const) {
    equal(value("float32", name, 0, [-Infinity])[0], -0, name);
    equal(derivative("float32", name, "d1", 0, [2 ** -149])[0], 0.5, `slope of ${name} at 0`);
  }
});

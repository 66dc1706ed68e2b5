// The arithmetic kernels are correctly rounded, so they are compared for equality with the host's.
import type { DType } from "../../../src/runtime/dtype.ts";
import { kernels } from "../../../src/runtime/instance.ts";
import { allNear, equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { fewRoundings } from "../../_support/tolerance.ts";
import { Guarded } from "../_guarded.ts";
import { onGuarded, unary } from "./_run.ts";

const N = 31;
const rounding = (dtype: DType) => (x: number) => dtype === "float32" ? Math.fround(x) : x;

function operand(dtype: DType, seed: number): Float64Array {
  const round = rounding(dtype);
  return Float64Array.from({ length: N }, (_, i) => round(((i * seed) % 23 - 11.5) / 3));
}

const BINARY = {
  add: (x: number, y: number) => x + y,
  subtract: (x: number, y: number) => x - y,
  multiply: (x: number, y: number) => x * y,
  divide: (x: number, y: number) => x / y,
} as const;

for (const dtype of ["float32", "float64"] as const) {
  const round = rounding(dtype);
  const x = operand(dtype, 7), y = operand(dtype, 5);

  test(`sums, differences, products, quotients, squares and roots are exact in ${dtype}`, () => {
    for (const name of ["add", "subtract", "multiply", "divide"] as const) {
      const { output } = onGuarded(
        dtype,
        [x, y],
        N,
        ([xs, ys], out) => kernels(dtype)[name](N, xs, ys, out),
      );
      equal([...output], [...x].map((xi, i) => round(BINARY[name](xi, y[i]))), name);
    }
    const positive = x.map(Math.abs);
    equal([...unary(dtype, "square", x)], [...x].map((xi) => round(xi * xi)), "square");
    equal([...unary(dtype, "sqrt", positive)], [...positive].map((xi) => round(Math.sqrt(xi))));
  });

  test(`multiply_add accumulates alpha x y in ${dtype}`, () => {
    const { output } = onGuarded(dtype, [x, y], N, ([xs, ys], out) => {
      kernels(dtype).add(N, xs, ys, out);
      kernels(dtype).multiply_add(N, 0.5, xs, ys, out);
    });
    allNear(output, x.map((xi, i) => xi + y[i] + 0.5 * xi * y[i]), fewRoundings(dtype));
  });

  test(`adam_direction takes Adam's moments and leaves its direction in ${dtype}`, () => {
    const g = operand(dtype, 3), m = operand(dtype, 9), v = operand(dtype, 4).map(Math.abs);
    const [beta1, beta2, epsilon, t] = [0.9, 0.999, 1e-8, 3];
    const corrections = [1 - beta1 ** t, 1 - beta2 ** t] as const;
    const operands = [g, m, v].map((values) => new Guarded(dtype, 1, N).set(values));
    const [gs, ms, vs] = operands.map(({ pointer }) => pointer);
    kernels(dtype).adam_direction(N, beta1, beta2, epsilon, ...corrections, gs, ms, vs);
    const [direction, mean, square] = operands.map((operand) => operand.take());
    const expectedMean = m.map((mi, i) => beta1 * mi + (1 - beta1) * g[i]);
    const expectedSquare = v.map((vi, i) => beta2 * vi + (1 - beta2) * g[i] ** 2);
    const bound = fewRoundings(dtype);
    allNear(mean, expectedMean, bound, "m");
    allNear(square, expectedSquare, bound, "v");
    const expected = m.map((_, i) =>
      expectedMean[i] / corrections[0] /
      (Math.sqrt(expectedSquare[i] / corrections[1]) + epsilon)
    );
    allNear(direction, expected, bound, "direction");
  });
}

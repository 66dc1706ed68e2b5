import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, FEW_SIZES, isSame, packed, rounded } from "../_cases.ts";

test("sums of squares are in float64 and in order", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(1), { squared_distance, scaled_squares } = kernels(dtype);
    for (const n of FEW_SIZES) {
      const [x, y] = [chance.numbers(dtype, n), chance.numbers(dtype, n)];
      const precise = chance.numbers("float64", n);
      const [a, b, c] = [packed(dtype, x), packed(dtype, y), packed("float64", precise)];
      let distance = 0, scaled = 0;
      for (let i = 0; i < n; i++) {
        distance += (x[i] - y[i]) * (x[i] - y[i]);
        scaled += (precise[i] / y[i]) * (precise[i] / y[i]);
      }
      equal(squared_distance(n, a.pointer, b.pointer), distance, `${n} of ${dtype}`);
      equal(scaled_squares(n, c.pointer, b.pointer), scaled, `${n} of ${dtype}, scaled`);
      for (const held of [a, b, c]) held.take();
    }
  }
});

test("weighted_squares() has a weight for each row, and writes a gradient where one is asked for", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(2), { weighted_squares } = kernels(dtype);
    for (const rows of FEW_SIZES) {
      for (const width of FEW_SIZES) {
        const size = rows * width, roots = chance.numbers("float64", rows);
        const [x, y] = [chance.numbers(dtype, size), chance.numbers(dtype, size)];
        const [c, a, b] = [packed("float64", roots), packed(dtype, x), packed(dtype, y)];
        const gradient = packed(dtype, x);
        let sum = 0;
        const expected = x.map((value, i) => {
          const root = roots[Math.floor(i / width)], weight = root * root, r = value - y[i];
          sum += weight * r * r;
          return rounded(dtype, weight * r);
        });
        const given = [rows, width, c.pointer, a.pointer, b.pointer] as const;
        equal(weighted_squares(...given, 0), sum, `${rows} by ${width} of ${dtype}`);
        equal(weighted_squares(...given, gradient.pointer), sum, "with a gradient");
        equal(isSame(gradient.take(), expected), true, `gradient, ${rows} by ${width} of ${dtype}`);
        for (const held of [c, a, b]) held.take();
      }
    }
  }
});

test("welford() keeps the mean and the squares of deviations of signed samples", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(3);
    for (const n of FEW_SIZES) {
      const mean = new Float64Array(n), squares = new Float64Array(n);
      const [held, deviations] = [packed("float64", mean), packed("float64", squares)];
      for (let count = 1; count <= 3; count++) {
        const signs = chance.numbers(dtype, n).map((x) => x < 0 ? -1 : 1);
        const x = chance.numbers(dtype, n);
        const [s, product] = [packed(dtype, signs), packed(dtype, x)];
        kernels(dtype).welford(
          n,
          count,
          s.pointer,
          product.pointer,
          held.pointer,
          deviations.pointer,
        );
        for (let i = 0; i < n; i++) {
          const sample = signs[i] * x[i], deviation = sample - mean[i];
          mean[i] += deviation / count;
          squares[i] += deviation * (sample - mean[i]);
        }
        for (const operand of [s, product]) operand.take();
      }
      equal(isSame(held.take(), mean), true, `mean, ${n} of ${dtype}`);
      equal(isSame(deviations.take(), squares), true, `squares, ${n} of ${dtype}`);
    }
  }
});

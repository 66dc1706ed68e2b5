// uniform() promises [minimum, maximum): rounding to the dtype must not lead out of it.
import { type DType, randomKey, uniform, zeros } from "../../mod.ts";
import { glorotUniform, heUniform, lecunUniform, pytorchDefault } from "../../layers.ts";
import { largestBelow, smallestFrom } from "../../src/tensor/neighbours.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { DTYPES } from "../_support/twins.ts";

const DRAWS = 4000;

/** Spacing of the numbers of a dtype from 1 to 2. */
const SPACING: Readonly<Record<DType, number>> = { float32: 2 ** -23, float64: 2 ** -52 };

/** Ranges with few numbers of the dtype, so that draws often round to an end. */
function narrowRanges(dtype: DType): [number, number][] {
  const step = SPACING[dtype];
  return [
    [1, 1 + step],
    [1, 1 + 3 * step],
    [-1 - 3 * step, -1],
    [-1 - step, -1 + step / 2],
    [1 - step / 2, 1 + step],
    [100, 100 + 128 * step],
    [-(2 ** -140), 2 ** -140],
    [-3 * step, 0],
  ];
}

test("no draw reaches the maximum or passes the minimum, however few numbers are between them", () => {
  for (const dtype of DTYPES) {
    for (
      const [minimum, maximum] of [...narrowRanges(dtype), [-0.1, 0.3], [0.7, 0.70001]] as const
    ) {
      using drawn = uniform(randomKey(3), [DRAWS], { dtype, minimum, maximum });
      const at = drawn.data.findIndex((value) => !(value >= minimum && value < maximum));
      ok(at < 0, `[${minimum}, ${maximum}) in ${dtype}: draw ${at} is ${drawn.data[at]}`);
    }
  }
});

test("bounds that the dtype does not have are kept too", () => {
  for (
    const [minimum, maximum] of [[0.1, 0.1 + 2 ** -25], [0.7, 0.7 + 2 ** -23], [
      -0.3,
      -0.3 + 2 ** -24,
    ]]
  ) {
    using drawn = uniform(randomKey(4), [DRAWS], { minimum, maximum });
    ok(
      drawn.data.every((value) => value >= minimum && value < maximum),
      `[${minimum}, ${maximum})`,
    );
  }
});

test("equal bounds give their number, and a range beyond the dtype its largest numbers", () => {
  using same = uniform(randomKey(1), [5], { minimum: 0.1, maximum: 0.1 });
  equal([...same.data], Array.from({ length: 5 }, () => Math.fround(0.1)));
  using wide = uniform(randomKey(1), [DRAWS], { minimum: -1e300, maximum: 1e300 });
  ok(wide.data.every((value) => Math.abs(value) < Infinity), "infinite draws");
});

test("draws inside the range have the values of minimum + (maximum - minimum) u, rounded", () => {
  for (const dtype of DTYPES) {
    using u = uniform(randomKey(5), [DRAWS], { dtype });
    using drawn = uniform(randomKey(5), [DRAWS], { dtype, minimum: -2, maximum: 5 });
    const round = dtype === "float32" ? Math.fround : Number;
    drawn.data.forEach((value, i) => equal(value, round(-2 + 7 * u.data[i]), `${dtype} ${i}`));
  }
});

test("initial weights of uniform initializers stay within their limits", () => {
  const [outputs, fanIn] = [7, 3 * 2 ** 9];
  const limits = new Map([
    [pytorchDefault(), 1 / Math.sqrt(fanIn)],
    [glorotUniform(), Math.sqrt(6 / (fanIn + outputs))],
    [heUniform(), Math.sqrt(6 / fanIn)],
    [lecunUniform(), Math.sqrt(3 / fanIn)],
  ]);
  for (const [initializer, limit] of limits) {
    using weight = zeros([outputs, fanIn]);
    initializer({ weight, hasBias: false, fanIn, fanOut: outputs, key: randomKey(2) });
    ok(weight.data.every((value) => value >= -limit && value < limit), `${limit}`);
  }
});

test("largestBelow() and smallestFrom() are the neighbours of any number", () => {
  for (const dtype of DTYPES) {
    const step = SPACING[dtype];
    equal(largestBelow(dtype, 1), 1 - step / 2);
    equal(largestBelow(dtype, -1), -1 - step);
    equal(largestBelow(dtype, 1 + step / 4), dtype === "float64" ? 1 - step / 2 : 1);
    ok(
      largestBelow(dtype, 0) < 0 && largestBelow(dtype, 0) / 2 + largestBelow(dtype, 0) < 0,
      "zero",
    );
    equal(smallestFrom(dtype, 1), 1);
    equal(smallestFrom("float32", 1 + 2 ** -30), 1 + 2 ** -23);
    equal(smallestFrom("float32", -1 - 2 ** -30), -1);
  }
});

import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, FEW_SIZES, isSame, packed, rounded } from "../_cases.ts";

/** Numbers in [-1, 1) and among them what compares in its own ways. */
function numbers(chance: Chance, dtype: typeof DTYPES[number], n: number): Float64Array {
  const odd = [-0, 0, NaN, Infinity, -Infinity, 0.5, -0.5];
  return chance.numbers(dtype, n).map((x) => chance.below(3) === 0 ? chance.of(odd) : x);
}

test("clip(), affine(), abs(), positive_part() and is_less() do what scalars do, element by element", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(1), family = kernels(dtype);
    for (const n of FEW_SIZES) {
      for (let round = 0; round < 5; round++) {
        const [x, y] = [numbers(chance, dtype, n), numbers(chance, dtype, n)];
        const cases: [string, (x: number, y: number) => void, (x: number, y: number) => number][] =
          [
            ["clip", (x) => family.clip(n, 0, 0.5, x), (x) => x < 0 ? 0 : x > 0.5 ? 0.5 : x],
            ["affine", (x) => family.affine(n, 0.7, 0.1, x), (x) => rounded(dtype, 0.1 + 0.7 * x)],
            ["abs", (x) => family.abs(n, x, x), Math.abs],
            ["positive_part", (x) => family.positive_part(n, x, x), (x) => Math.max(x, 0)],
            ["is_less", (x, y) => family.is_less(n, x, y, x), (x, y) => x < y ? 1 : 0],
          ];
        for (const [name, run, of] of cases) {
          const [a, b] = [packed(dtype, x), packed(dtype, y)];
          run(a.pointer, b.pointer);
          equal(
            isSame(a.take(), x.map((value, i) => of(value, y[i]))),
            true,
            `${name}, ${n} of ${dtype}`,
          );
          b.take();
        }
      }
    }
  }
});

test("first_outside() and first_no_class() find the first element that does not belong, or none", () => {
  for (const dtype of DTYPES) {
    const { first_outside, first_no_class } = kernels(dtype);
    for (const n of FEW_SIZES) {
      for (let at = -1; at < n; at++) {
        for (
          const [odd, isOutside] of [[0.5, false], [-1, true], [3, true], [NaN, false]] as const
        ) {
          const x = new Float64Array(n).fill(2);
          if (at >= 0) x[at] = odd;
          const held = packed(dtype, x), what = `${n} of ${dtype}, ${odd} at ${at}`;
          equal(first_outside(n, 0, 2, held.pointer), isOutside ? at : -1, what);
          equal(first_no_class(n, 3, held.pointer), at, what);
          equal(first_no_class(n, 2, held.pointer), 0, "a class too few");
          equal(isSame(held.take(), x), true, "they are unchanged");
        }
      }
    }
  }
});

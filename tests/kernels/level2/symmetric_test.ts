import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, FEW_SIZES, isSame, packed } from "../_cases.ts";

test("first_asymmetry() finds the first pair that differs by more than is allowed", () => {
  for (const dtype of DTYPES) {
    const { first_asymmetry } = kernels(dtype);
    for (const n of FEW_SIZES) {
      for (let i = 0; i < n; i++) {
        const values = new Float64Array(n * n).fill(0.5);
        if (i > 0) values[i * n + i - 1] = 0.75;
        if (i > 0) values[n * n - 2] -= 0.25; // the last pair too
        const held = packed(dtype, values), last = i === n - 1 ? -1 : n * n - 2;
        const first = i === 0 ? -1 : i === n - 1 ? last : i * n + i - 1;
        equal(first_asymmetry(n, 0.125, held.pointer), first, `order ${n} of ${dtype}, row ${i}`);
        equal(first_asymmetry(n, 0.25, held.pointer), -1, "as much as is allowed");
        equal(isSame(held.take(), values), true, "it is unchanged");
      }
    }
  }
});

test("transpose_square() and spread_diagonal() move elements in place", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(1), { transpose_square, spread_diagonal } = kernels(dtype);
    for (const n of FEW_SIZES) {
      const values = chance.numbers(dtype, n * n);
      const [a, d] = [packed(dtype, values), packed(dtype, values)];
      transpose_square(n, a.pointer);
      const turned = values.map((_, k) => values[k % n * n + Math.floor(k / n)]);
      equal(isSame(a.take(), turned), true, `transposed, order ${n} of ${dtype}`);
      spread_diagonal(n, d.pointer);
      const spread = values.map((_, k) => k % (n + 1) === 0 ? values[k / (n + 1)] : 0);
      equal(isSame(d.take(), spread), true, `diagonal, order ${n} of ${dtype}`);
    }
  }
});

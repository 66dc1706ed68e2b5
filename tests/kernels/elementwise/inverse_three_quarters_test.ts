import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, EVERY_SIZE, isSame, rounded } from "../_cases.ts";

test("inverse_three_quarters() takes two roots in float64 and rounds at the end, at every size", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(1), { inverse_three_quarters } = kernels(dtype);
    for (let n = 0; n <= EVERY_SIZE; n++) {
      for (const shift of [0, 1e-3]) {
        const values = chance.numbers(dtype, n).map(Math.abs);
        const x = chance.operand(dtype, 1, n, values);
        const expected = values.map((value) => {
          const root = Math.sqrt(value + shift);
          return rounded(dtype, 1 / (root * Math.sqrt(root)));
        });
        inverse_three_quarters(n, shift, x.pointer);
        equal(isSame(x.guarded.take(), expected), true, `${dtype}, ${n} elements, shift ${shift}`);
      }
    }
  }
});

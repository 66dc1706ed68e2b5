import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, EVERY_SIZE, isSame, rounded } from "../_cases.ts";

test("scale_wide() rounds factor x / divisor once, at every size and in place", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(1), { scale_wide } = kernels(dtype);
    for (let n = 0; n <= EVERY_SIZE; n++) {
      const values = chance.numbers(dtype, n), [factor, divisor] = chance.numbers("float64", 2);
      const expected = values.map((x) => rounded(dtype, factor * x / divisor));
      const x = chance.operand(dtype, 1, n, values), y = chance.operand(dtype, 1, n);
      scale_wide(n, factor, divisor, x.pointer, y.pointer);
      equal(isSame(y.guarded.take(), expected), true, `${dtype}, ${n} elements`);
      scale_wide(n, factor, divisor, x.pointer, x.pointer);
      equal(isSame(x.guarded.take(), expected), true, `${dtype}, ${n} elements, in place`);
    }
  }
});

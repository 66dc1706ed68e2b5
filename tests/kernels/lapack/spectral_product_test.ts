import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, isSame, rounded } from "../_cases.ts";
import { Guarded } from "../_guarded.ts";

test("spectral_product() adds up in order in float64 and rounds at the end, symmetric to the last bit", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(1);
    for (const n of [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 40]) {
      const q = chance.numbers("float64", n * n), f = chance.numbers("float64", n);
      const expected = new Float64Array(n * n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          let sum = 0;
          for (let k = 0; k < n; k++) sum += q[k * n + i] * f[k] * q[k * n + j];
          expected[i * n + j] = expected[j * n + i] = rounded(dtype, sum);
        }
      }
      const vectors = new Guarded("float64", n, n).set(q),
        values = new Guarded("float64", 1, n).set(f);
      const a = chance.operand(dtype, n, n);
      kernels(dtype).spectral_product(n, vectors.pointer, values.pointer, a.pointer, a.stride);
      equal(isSame(a.guarded.take(), expected), true, `${dtype}, order ${n}`);
      equal(isSame(vectors.take(), q) && isSame(values.take(), f), true, "both are unchanged");
    }
  }
});

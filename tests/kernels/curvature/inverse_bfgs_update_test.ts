import { kernels } from "../../../src/runtime/instance.ts";
import { allNear, equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { fewRoundings } from "../../_support/tolerance.ts";
import { Guarded } from "../_guarded.ts";

const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 17, 33];

for (const dtype of ["float32", "float64"] as const) {
  test(`inverse_bfgs_update adds its rank-2 term and keeps H symmetric in ${dtype}`, () => {
    for (const n of SIZES) {
      const rho = 0.375, c = 1.25;
      const s = Float64Array.from({ length: n }, (_, i) => Math.fround(Math.sin(i + 1)));
      const q = Float64Array.from({ length: n }, (_, i) => Math.fround(Math.cos(3 * i)));
      const h = Float64Array.from(
        { length: n * n },
        (_, at) => 1 / (1 + Math.floor(at / n) + at % n) + (at % (n + 1) === 0 ? 1 : 0),
      );
      const expected = h.map((value, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        return value + c * s[i] * s[j] - rho * (s[i] * q[j] + q[i] * s[j]);
      });
      const matrix = new Guarded(dtype, n, n, n + 3).set(h);
      const [left, right] = [s, q].map((values) => new Guarded(dtype, 1, n).set(values));
      kernels(dtype).inverse_bfgs_update(
        ...[n, rho, c, left.pointer, right.pointer, matrix.pointer, n + 3] as const,
      );
      const updated = matrix.take();
      equal([...left.take()], [...s], "s");
      equal([...right.take()], [...q], "q");
      allNear(updated, expected, fewRoundings(dtype), `n = ${n}`);
      updated.forEach((value, at) =>
        equal(value, updated[(at % n) * n + Math.floor(at / n)], "symmetry")
      );
    }
  });
}

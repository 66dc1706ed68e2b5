import { kernels } from "../../../src/runtime/instance.ts";
import { allNear, equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { fewRoundings } from "../../_support/tolerance.ts";
import { Guarded } from "../_guarded.ts";

const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 31, 32, 33, 70];

for (const dtype of ["float32", "float64"] as const) {
  test(`scale_symmetric scales the lower triangle, adds to the diagonal and mirrors in ${dtype}`, () => {
    for (const n of SIZES) {
      const f = Float64Array.from({ length: n }, (_, i) => Math.fround(Math.sin(i + 1)));
      const d = Float64Array.from({ length: n }, (_, i) => Math.fround(Math.cos(3 * i)));
      const a = Float64Array.from({ length: n * n }, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        return j > i ? NaN : 1 / (1 + i + 2 * j); // the upper triangle is not read
      });
      const expected = a.map((_, at) => {
        const [i, j] = [Math.floor(at / n), at % n].toSorted((x, y) => y - x);
        return f[i] * f[j] * a[i * n + j] + (i === j ? d[i] : 0);
      });
      const matrix = new Guarded(dtype, n, n, n + 3).set(a);
      const [scales, shifts] = [f, d].map((values) => new Guarded(dtype, 1, n).set(values));
      kernels(dtype).scale_symmetric(n, scales.pointer, shifts.pointer, matrix.pointer, n + 3);
      const scaled = matrix.take();
      equal([...scales.take()], [...f], "f");
      equal([...shifts.take()], [...d], "d");
      allNear(scaled, expected, fewRoundings(dtype), `n = ${n}`);
      scaled.forEach((value, at) =>
        equal(value, scaled[(at % n) * n + Math.floor(at / n)], "symmetry")
      );
    }
  });
}

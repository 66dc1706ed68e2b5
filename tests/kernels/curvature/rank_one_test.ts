import { kernels } from "../../../src/runtime/instance.ts";
import { allNear, equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { fewRoundings } from "../../_support/tolerance.ts";
import { Guarded } from "../_guarded.ts";

const SIZES = [[0, 0], [1, 1], [3, 2], [2, 5], [4, 8], [5, 17], [3, 33]] as const;

const numbers = (count: number, wave: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => Math.fround(Math.sin(wave * (i + 1))));

for (const dtype of ["float32", "float64"] as const) {
  test(`rank_one_distance and add_rank_one agree with their formulas in ${dtype}`, () => {
    for (const [m, n] of SIZES) {
      const [b, u, a] = [numbers(m * n, 1), numbers(m, 2), numbers(n, 3)];
      const matrix = new Guarded(dtype, m, n, n + 3).set(b);
      const [left, right] = [u, a].map((values) =>
        new Guarded(dtype, 1, values.length).set(values)
      );
      const out = new Guarded(dtype, m, n, n + 2).set(new Float64Array(m * n).fill(NaN));
      const { rank_one_distance, add_rank_one } = kernels(dtype);
      const distance = rank_one_distance(m, n, matrix.pointer, n + 3, left.pointer, right.pointer);
      const c = -0.75;
      add_rank_one(
        ...[
          m,
          n,
          c,
          matrix.pointer,
          n + 3,
          left.pointer,
          right.pointer,
          out.pointer,
          n + 2,
        ] as const,
      );
      const term = (at: number): number => u[Math.floor(at / n)] * a[at % n];
      const square = b.reduce((sum, x, at) => sum + (x - term(at)) ** 2, 0);
      allNear([distance, m * n], [square, m * n], fewRoundings(dtype), `${m} x ${n}`);
      const sums = b.map((x, at) => c * x + term(at));
      if (m * n > 0) allNear(out.take(), sums, fewRoundings(dtype), `${m} x ${n}`);
      equal([...matrix.take()], [...b], "b");
      equal([...left.take(), ...right.take()], [...u, ...a], "u and a");
    }
  });
}

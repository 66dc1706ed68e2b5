import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, FEW_SIZES, isSame, packed, rounded } from "../_cases.ts";

test("kronecker_reciprocals() inverts every damped product, up to the first that is not positive", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(1), { kronecker_reciprocals } = kernels(dtype);
    for (const m of FEW_SIZES) {
      for (const n of FEW_SIZES) {
        for (const isNegative of [false, true]) {
          const p = chance.numbers("float64", m).map(Math.abs);
          const q = chance.numbers("float64", n).map(Math.abs);
          if (isNegative) q[n - 1] = -9;
          const [a, b] = [packed("float64", p), packed("float64", q)];
          const out = packed(dtype, new Float64Array(m * n)), expected = new Float64Array(m * n);
          const eigenvalue = (k: number): number => p[Math.floor(k / n)] * q[k % n] + 0.01;
          const bad = expected.findIndex((_, k) => !(eigenvalue(k) > 0));
          const first = kronecker_reciprocals(m, n, a.pointer, b.pointer, 0.01, out.pointer);
          equal(first, bad, `${m} by ${n} of ${dtype}`);
          for (let k = 0; k < (bad < 0 ? m * n : bad); k++) {
            expected[k] = rounded(dtype, 1 / eigenvalue(k));
          }
          equal(isSame(out.take(), expected), true, `${m} by ${n} of ${dtype}`);
          for (const held of [a, b]) held.take();
        }
      }
    }
  }
});

/** The same in JavaScript, with a rounding after each operation. */
function staysPositive(
  round: (x: number) => number,
  rho: number,
  c: number,
  [h, s, q]: readonly Float64Array[],
): boolean {
  const [n, r, half] = [s.length, round(rho), round(round(c) * 0.5)];
  let [longest, widest] = [0, 0];
  for (let i = 0; i < n; i++) {
    const w = round(round(half * s[i]) - round(r * q[i]));
    const after = round(h[i * (n + 1)] + round(2 * round(s[i] * w)));
    if (!(after > 0 && after < Infinity)) return false;
    longest = Math.max(longest, Math.abs(s[i]));
    widest = Math.max(widest, Math.abs(w));
  }
  return round(2 * longest * widest) < Infinity;
}

test("inverse_bfgs_stays_positive() refuses diagonals and products that are not positive and finite", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(2), round = (x: number): number => rounded(dtype, x);
    const huge = dtype === "float32" ? 1e30 : 1e300, answers = new Set<boolean>();
    for (const n of FEW_SIZES) {
      for (let attempt = 0; attempt < 20; attempt++) {
        const h = chance.numbers(dtype, n * n), s = chance.numbers(dtype, n);
        const q = chance.numbers(dtype, n);
        for (let i = 0; i < n; i++) h[i * (n + 1)] = round(1 + h[i * (n + 1)]);
        if (attempt === 0) h[n * n - 1] = NaN;
        if (attempt === 1) s[n - 1] = round(huge);
        const c = attempt === 1 ? huge : chance.of([0.1, 1, 3]), rho = chance.of([0.1, 1, 4]);
        const expected = staysPositive(round, rho, c, [h, s, q]);
        const [matrix, a, b] = [h, s, q].map((values) => packed(dtype, values));
        const { inverse_bfgs_stays_positive } = kernels(dtype);
        const given = [a.pointer, b.pointer, matrix.pointer, n] as const;
        const found = inverse_bfgs_stays_positive(n, rho, c, ...given) === 1;
        equal(found, expected, `order ${n} of ${dtype}, ${attempt}`);
        answers.add(found);
        for (const held of [matrix, a, b]) held.take();
      }
    }
    equal(answers.size, 2, "some are refused and some are not");
  }
});

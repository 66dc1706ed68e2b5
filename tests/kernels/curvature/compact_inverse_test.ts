// The kernels of the compact inverse-BFGS factor between canaries, against sums of scalars in the same order.
import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, isSame, rounded } from "../_cases.ts";
import { Guarded } from "../_guarded.ts";

const MEMORIES = [1, 2, 3, 5, 7, 17];

function square(p: number, values?: Float64Array): Guarded {
  const guarded = new Guarded("float64", p, p);
  return values ? guarded.set(values) : guarded;
}

test("append_pair() gives R⁻¹ and YᵀY a row and a column more, and leaves the others", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(1), { append_pair, dot } = kernels(dtype);
    for (const p of MEMORIES) {
      for (const count of new Set([0, p >> 1, p - 1])) {
        const n = 1 + chance.below(20), product = 0.7;
        const r = chance.numbers("float64", p * p), g = chance.numbers("float64", p * p);
        const rows = new Guarded(dtype, 2 * p, n).set(chance.numbers(dtype, 2 * p * n));
        const rowAt = (i: number): number => rows.pointer + i * n * (dtype === "float32" ? 4 : 8);
        const y = rowAt(2 * count + 1);
        const [expectedR, expectedG] = [r.slice(), g.slice()];
        const withY = Array.from({ length: count }, (_, i) => dot(n, rowAt(2 * i), y));
        for (let i = 0; i < count; i++) {
          let sum = 0;
          for (let j = i; j < count; j++) sum += r[i * p + j] * withY[j];
          expectedR[i * p + count] = -sum / product;
          expectedR[count * p + i] = 0;
          expectedG[i * p + count] = expectedG[count * p + i] = dot(n, rowAt(2 * i + 1), y);
        }
        expectedR[count * p + count] = 1 / product;
        expectedG[count * p + count] = dot(n, y, y);
        const [inverseR, gramY, work] = [square(p, r), square(p, g), new Guarded("float64", 1, p)];
        append_pair(
          ...[p, count, n, rows.pointer, product] as const,
          ...[inverseR.pointer, gramY.pointer, work.pointer] as const,
        );
        const what = `${dtype}, pair ${count} of ${p}`;
        equal(isSame(inverseR.take(), expectedR), true, `R⁻¹, ${what}`);
        equal(isSame(gramY.take(), expectedG), true, `YᵀY, ${what}`);
        for (const guarded of [rows, work]) guarded.take();
      }
    }
  }
});

test("compact_kernel() fills K for the interleaved order of the pairs", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(2);
    for (const p of MEMORIES) {
      for (const count of new Set([0, p >> 1, p])) {
        const r = chance.numbers("float64", p * p), d = chance.numbers("float64", p);
        const half = chance.numbers("float64", p * p);
        const g = half.map((x, at) => x + half[at % p * p + Math.floor(at / p)]);
        const width = 2 * count, expected = new Float64Array(width * width);
        const set = (i: number, j: number, value: number): void => {
          expected[i * width + j] = expected[j * width + i] = rounded(dtype, value);
        };
        const middle = (i: number, j: number): number => {
          let sum = d[i] * r[i * p + j];
          for (let l = 0; l <= j; l++) sum += g[i * p + l] * r[l * p + j];
          return sum;
        };
        for (let i = 0; i < count; i++) {
          for (let j = 0; j <= i; j++) {
            let sum = 0;
            for (let l = 0; l <= j; l++) sum += r[l * p + j] * middle(l, i);
            set(2 * i, 2 * j, sum);
          }
          for (let j = 0; j < count; j++) set(2 * i, 2 * j + 1, -r[j * p + i]);
        }
        const [inverseR, gramY] = [square(p, r), square(p, g)];
        const products = new Guarded("float64", 1, p).set(d);
        const k = new Guarded(dtype, width, width), work = square(count);
        kernels(dtype).compact_kernel(
          ...[p, count, inverseR.pointer, gramY.pointer, products.pointer] as const,
          ...[k.pointer, work.pointer] as const,
        );
        equal(isSame(k.take(), expected), true, `${dtype}, ${count} pairs of ${p}`);
        for (const guarded of [inverseR, gramY, products, work]) guarded.take();
      }
    }
  }
});

import { kernels } from "../../../src/runtime/instance.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { gamma } from "../../_support/tolerance.ts";
import { DoubleDouble } from "../../oracles/double_double.ts";
import { Chance, DTYPES, EVERY_SIZE, isSame, rounded } from "../_cases.ts";

/** Every size up to 70, and some that take many passes of the loops. */
const SIZES: readonly number[] = [...Array(EVERY_SIZE + 1).keys(), 127, 128, 1001];

/** The sums are in float64 whatever the elements are: float32 needs no looser bound. */
function checkSum(
  actual: number,
  terms: readonly (readonly [number, number])[],
  what: string,
): void {
  const exact = new DoubleDouble();
  let magnitude = 0;
  for (const [x, y] of terms) {
    exact.addProduct(x, y);
    magnitude += Math.abs(x * y);
  }
  const error = Math.abs(exact.addProduct(-1, actual).value);
  ok(error <= gamma(terms.length + 1, "float64") * magnitude, `${what}: error ${error}`);
}

for (const dtype of DTYPES) {
  test(`${dtype} dot(), sum(), asum() and nrm2() add up in float64 at every size and offset`, () => {
    const chance = new Chance(1), { dot, sum, asum, nrm2 } = kernels(dtype);
    for (const n of SIZES) {
      const valuesX = chance.numbers(dtype, n), x = chance.operand(dtype, 1, n, valuesX);
      const valuesY = chance.numbers(dtype, n), y = chance.operand(dtype, 1, n, valuesY);
      const pairs = Array.from(valuesX, (value, i) => [value, valuesY[i]] as const);
      checkSum(dot(n, x.pointer, y.pointer), pairs, `dot ${n}`);
      checkSum(sum(n, x.pointer), pairs.map(([value]) => [value, 1]), `sum ${n}`);
      checkSum(asum(n, x.pointer), pairs.map(([value]) => [Math.abs(value), 1]), `asum ${n}`);
      const norm = nrm2(n, x.pointer), squares = pairs.map(([value]) => [value, value] as const);
      const exact = new DoubleDouble();
      for (const [value] of squares) exact.addProduct(value, value);
      const error = Math.abs(norm - Math.sqrt(exact.value));
      ok(error <= gamma(n + 2, "float64") * norm, `nrm2 ${n}: error ${error}`);
      equal(isSame(x.guarded.take(), valuesX), true, "x is unchanged");
      equal(isSame(y.guarded.take(), valuesY), true, "y is unchanged");
    }
  });

  test(`${dtype} nrm2() neither overflows nor underflows`, () => {
    const chance = new Chance(2);
    const largest = dtype === "float32" ? 2 ** 127 : 2 ** 1023;
    const smallest = dtype === "float32" ? 2 ** -149 : Number.MIN_VALUE;
    for (const scale of [largest / 4, smallest, 0, Infinity, NaN]) {
      const x = chance.operand(dtype, 1, 2, Float64Array.of(3 * scale, 4 * scale));
      const norm = kernels(dtype).nrm2(2, x.pointer);
      equal(norm, 5 * scale, `scale ${scale}`);
      x.guarded.take();
    }
  });

  test(`${dtype} max_abs() is exact at every size and NaN when there is one`, () => {
    const chance = new Chance(3), { max_abs } = kernels(dtype);
    for (const n of SIZES) {
      const values = chance.numbers(dtype, n), x = chance.operand(dtype, 1, n, values);
      equal(max_abs(n, x.pointer), values.reduce((most, v) => Math.max(most, Math.abs(v)), 0));
      values[chance.below(n)] = NaN;
      x.guarded.set(values);
      equal(max_abs(n, x.pointer), n === 0 ? 0 : NaN, `NaN among ${n}`);
      x.guarded.take();
    }
  });

  test(`${dtype} first_nonfinite() finds NaN and both infinities at every place`, () => {
    const chance = new Chance(4), { first_nonfinite } = kernels(dtype);
    for (let n = 0; n <= EVERY_SIZE; n++) {
      const values = chance.numbers(dtype, n), x = chance.operand(dtype, 1, n, values);
      equal(first_nonfinite(n, x.pointer), -1);
      for (let i = n - 1; i >= 0; i--) {
        values[i] = [NaN, Infinity, -Infinity][i % 3];
        x.guarded.set(values);
        equal(first_nonfinite(n, x.pointer), i, `place ${i} of ${n}`);
      }
      x.guarded.take();
    }
  });

  test(`${dtype} column_mean() is the mean in float64, rounded once`, () => {
    const chance = new Chance(5);
    for (let n = 0; n <= EVERY_SIZE; n++) {
      const m = 1 + chance.below(30), values = chance.numbers(dtype, m * n);
      const a = chance.operand(dtype, m, n, values), out = chance.operand(dtype, 1, n);
      kernels(dtype).column_mean(m, n, a.pointer, a.stride, out.pointer);
      equal(isSame(a.guarded.take(), values), true, "A is unchanged");
      const expected = Float64Array.from({ length: n }, (_, j) => {
        let sum = 0;
        for (let i = 0; i < m; i++) sum += values[i * n + j];
        return rounded(dtype, sum / m);
      });
      equal(isSame(out.guarded.take(), expected), true, `${m} x ${n}`);
    }
  });
}

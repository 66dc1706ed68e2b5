// The kernels of damped least squares between canaries, against scalars: where sums go in order, bit for bit.
import { instance } from "../../../src/runtime/instance.ts";
import { allNear, equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { identityBound } from "../../_support/tolerance.ts";
import { Chance, isSame } from "../_cases.ts";
import { Guarded } from "../_guarded.ts";

const SIZES = [1, 2, 3, 5, 7, 17];
const BOUND = identityBound("float64");

function held(values: Float64Array): Guarded {
  return new Guarded("float64", 1, values.length, values.length).set(values);
}

function empty(count: number): Guarded {
  return new Guarded("float64", 1, count, count);
}

/** A of m rows, column after column, with R and Qᵀb by reflections of scalars. */
function reflected(m: number, n: number, columns: Float64Array, b: Float64Array) {
  const a = Array.from({ length: n }, (_, j) => columns.slice(j * m, (j + 1) * m));
  const right = b.slice(), r = new Float64Array(n * n);
  for (let j = 0; j < Math.min(m, n); j++) {
    let squares = 0;
    for (let i = j; i < m; i++) squares += a[j][i] ** 2;
    const norm = Math.sqrt(squares);
    if (norm === 0) continue;
    const v = a[j].map((x, i) => i < j ? 0 : i > j ? x : x > 0 ? x + norm : x - norm);
    const length = v.reduce((sum, x) => sum + x * x, 0);
    for (const column of [...a.slice(j), right]) {
      const factor = 2 * v.reduce((sum, x, i) => sum + x * column[i], 0) / length;
      for (let i = j; i < m; i++) column[i] -= factor * v[i];
    }
  }
  for (let j = 0; j < n; j++) for (let i = 0; i <= Math.min(j, m - 1); i++) r[i * n + j] = a[j][i];
  return { r, right };
}

test("reflect_columns() and reflect_vector() give R and Qᵀb of tall, square and wide matrices", () => {
  const { reflect_columns, reflect_vector } = instance().exports, chance = new Chance(1);
  for (const m of SIZES) {
    for (const n of SIZES) {
      for (const rank of [m, 0]) {
        const columns = chance.numbers("float64", m * n), b = chance.numbers("float64", m);
        if (rank === 0) columns.fill(0, 0, m); // a column of zeros has no reflection
        const expected = reflected(m, n, columns, b);
        const [a, right] = [held(columns), held(b)];
        const [factors, r, products] = [empty(n), empty(n * n), empty(n)];
        const given = [m, n, a.pointer, factors.pointer] as const;
        reflect_columns(...given, r.pointer, products.pointer);
        reflect_vector(...given, right.pointer);
        const what = `${m} by ${n}, ${rank}`;
        allNear(r.take(), expected.r, BOUND, `R, ${what}`);
        allNear(right.take(), expected.right, BOUND, `Qᵀb, ${what}`);
        for (const guarded of [a, factors, products]) guarded.take();
      }
    }
  }
});

/** An upper triangle of numbers. */
function triangle(chance: Chance, n: number): Float64Array {
  return chance.numbers("float64", n * n).map((x, k) => k % n < Math.floor(k / n) ? 0 : x);
}

/** Rotations of the shift's rows into R, then substitution. */
function substituted(n: number, r: Float64Array, shift: Float64Array, right: Float64Array) {
  const rotated = r.slice(), x = right.slice();
  for (let j = 0; j < n; j++) {
    const row = new Float64Array(n);
    row[j] = shift[j];
    let rest = 0;
    for (let k = j; k < n; k++) {
      if (row[k] === 0) continue;
      const pivot = rotated[k * n + k], length = Math.sqrt(pivot * pivot + row[k] * row[k]);
      const c = pivot / length, s = row[k] / length;
      for (let l = k; l < n; l++) {
        const [above, below] = [rotated[k * n + l], row[l]];
        rotated[k * n + l] = c * above + s * below;
        row[l] = c * below - s * above;
      }
      [x[k], rest] = [c * x[k] + s * rest, c * rest - s * x[k]];
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i];
    for (let k = i + 1; k < n; k++) sum -= rotated[i * n + k] * x[k];
    x[i] = rotated[i * n + i] === 0 ? 0 : sum / rotated[i * n + i];
  }
  return x;
}

test("solve_shifted() rotates and substitutes in order, with shifts and pivots that are zero too", () => {
  const { solve_shifted } = instance().exports, chance = new Chance(2);
  for (const n of SIZES) {
    for (const zero of ["none", "shift", "shift and pivot"]) {
      const r = triangle(chance, n), right = chance.numbers("float64", n);
      const shift = chance.numbers("float64", n).map(Math.abs), last = n - 1;
      if (zero !== "none") shift[last] = 0;
      if (zero === "shift and pivot") r[last * n + last] = shift.fill(0)[last];
      const [held_r, rotated, shifts] = [held(r), empty(n * n), held(shift)];
      const [x, row] = [held(right), empty(n)];
      solve_shifted(n, held_r.pointer, rotated.pointer, shifts.pointer, x.pointer, row.pointer);
      const expected = substituted(n, r, shift, right);
      equal(isSame(x.take(), expected), true, `${n} unknowns, zero: ${zero}`);
      equal(isSame(held_r.take(), r), true, "R is unchanged");
      equal(isSame(shifts.take(), shift), true, "the shift is unchanged");
      for (const guarded of [rotated, row]) guarded.take();
    }
  }
});

test("image_squares() and inverse_gram() sum in order, and the latter asks for full rank", () => {
  const { image_squares, inverse_gram } = instance().exports, chance = new Chance(3);
  for (const n of SIZES) {
    const r = triangle(chance, n), x = chance.numbers("float64", n);
    for (let i = 0; i < n; i++) r[i * n + i] += Math.sign(r[i * n + i]);
    let squares = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += r[i * n + k] * x[k];
      squares += sum * sum;
    }
    const inverse = new Float64Array(n * n), gram = new Float64Array(n * n);
    for (let j = 0; j < n; j++) {
      inverse[j * n + j] = 1 / r[j * n + j];
      for (let i = j - 1; i >= 0; i--) {
        let sum = 0;
        for (let k = i + 1; k <= j; k++) sum += r[i * n + k] * inverse[k * n + j];
        inverse[i * n + j] = -sum / r[i * n + i];
      }
    }
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = i; k < n; k++) sum += inverse[i * n + k] * inverse[j * n + k];
        gram[i * n + j] = gram[j * n + i] = sum;
      }
    }
    const [factor, vector, found, work] = [held(r), held(x), empty(n * n), empty(n * n)];
    equal(image_squares(n, factor.pointer, vector.pointer), squares, `${n}: |R x|²`);
    equal(
      inverse_gram(n, factor.pointer, 1, work.pointer, found.pointer),
      0,
      `${n}: a tolerance of 1`,
    );
    equal(inverse_gram(n, factor.pointer, 0.1, work.pointer, found.pointer), 1, `${n}: full rank`);
    equal(isSame(found.take(), gram), true, `${n}: (RᵀR)⁻¹`);
    equal(isSame(work.take(), inverse), true, `${n}: R⁻¹`);
    for (const guarded of [factor, vector]) guarded.take();
  }
});

// Updates of solvers that take a number of their result in the same pass: every element against scalars, and the number
// against that of the kernel which takes it alone, bit for bit.
import type { DType } from "../../../src/runtime/dtype.ts";
import type { KernelFamily } from "../../../src/runtime/kernels_wasm.ts";
import { kernels } from "../../../src/runtime/instance.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { gamma } from "../../_support/tolerance.ts";
import { DoubleDouble } from "../../oracles/double_double.ts";
import { Chance, DTYPES, EVERY_SIZE, isSame, type Operand, rounded, SCALARS } from "../_cases.ts";

const SIZES: readonly number[] = [...Array(EVERY_SIZE + 1).keys(), 127, 128, 1001];

interface Vector extends Operand {
  readonly values: Float64Array;
}

class Case {
  readonly dtype: DType;
  readonly n: number;
  readonly family: KernelFamily;
  readonly #chance: Chance;

  constructor(dtype: DType, n: number, chance: Chance) {
    this.dtype = dtype;
    this.n = n;
    this.family = kernels(dtype);
    this.#chance = chance;
  }

  vector(): Vector {
    const values = this.#chance.numbers(this.dtype, this.n);
    return { values, ...this.#chance.operand(this.dtype, 1, this.n, values) };
  }

  scalar(): number {
    return rounded(this.dtype, this.#chance.of(SCALARS));
  }

  /** alpha x + y, every operation rounded to the dtype. */
  axpy(alpha: number, x: Float64Array, y: Float64Array): Float64Array {
    return x.map((value, i) => this.#round(y[i] + this.#round(alpha * value)));
  }

  /** alpha x + beta y, without y where beta is 0. */
  axpby(alpha: number, x: Float64Array, beta: number, y: Float64Array): Float64Array {
    const scaled = this.scaled(alpha, x);
    return beta === 0 ? scaled : this.axpy(beta, y, scaled);
  }

  scaled(alpha: number, x: Float64Array): Float64Array {
    return x.map((value) => this.#round(alpha * value));
  }

  /** The kernel's number, and what its vector became. */
  checkDot(found: number, x: Vector, expected: Float64Array, y = x, other = expected): void {
    const exact = new DoubleDouble();
    let magnitude = 0;
    for (const [i, value] of expected.entries()) {
      exact.addProduct(value, other[i]);
      magnitude += Math.abs(value * other[i]);
    }
    const error = Math.abs(exact.addProduct(-1, found).value);
    ok(error <= gamma(this.n + 1, "float64") * magnitude, `${this.n} elements: error ${error}`);
    equal(found, this.family.dot(this.n, x.pointer, y.pointer), "the bits of dot()");
  }

  checkLargest(found: number, x: Vector, expected: Float64Array): void {
    equal(found, expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
    equal(found, this.family.max_abs(this.n, x.pointer), "that of max_abs()");
  }

  checkVectors(...pairs: readonly (readonly [Vector, Float64Array])[]): void {
    for (const [i, [{ guarded }, expected]] of pairs.entries()) {
      const values = guarded.take();
      ok(isSame(values, expected), `${this.dtype}, ${this.n}, vector ${i}: ${values}, ${expected}`);
    }
  }

  #round(x: number): number {
    return rounded(this.dtype, x);
  }
}

function forEachCase(body: (found: Case) => void): void {
  for (const dtype of DTYPES) {
    const chance = new Chance(1);
    for (const n of SIZES) body(new Case(dtype, n, chance));
  }
}

test("axpy_dot() is axpy() and dot(), with another vector and with its own result", () => {
  forEachCase((at) => {
    const [x, y, w] = [at.vector(), at.vector(), at.vector()], alpha = at.scalar();
    const sum = at.axpy(alpha, x.values, y.values), twice = at.axpy(alpha, x.values, sum);
    const { axpy_dot } = at.family;
    const beside = axpy_dot(at.n, alpha, x.pointer, y.pointer, w.pointer);
    at.checkDot(beside, y, sum, w, w.values);
    at.checkDot(axpy_dot(at.n, alpha, x.pointer, y.pointer, y.pointer), y, twice);
    at.checkVectors([x, x.values], [y, twice], [w, w.values]);
  });
});

test("cg_update() steps along p and takes the step off the residual", () => {
  forEachCase((at) => {
    const [p, x, q, r] = [at.vector(), at.vector(), at.vector(), at.vector()];
    const alpha = at.scalar();
    const rest = at.axpy(-alpha, q.values, r.values);
    const found = at.family.cg_update(
      ...[at.n, alpha, p.pointer, x.pointer, q.pointer, r.pointer] as const,
    );
    at.checkDot(found, r, rest);
    const moved = at.axpy(alpha, p.values, x.values);
    at.checkVectors([p, p.values], [x, moved], [q, q.values], [r, rest]);
  });
});

test("axpby_dot() and axpby_max_abs() are axpby() and what is taken of it", () => {
  forEachCase((at) => {
    const [x, y, z] = [at.vector(), at.vector(), at.vector()];
    const [alpha, beta] = [at.scalar(), at.scalar()];
    const { axpby_dot, axpby_max_abs } = at.family;
    const [sum, other] = [y, z].map(({ values }) => at.axpby(alpha, x.values, beta, values));
    at.checkDot(axpby_dot(at.n, alpha, x.pointer, beta, y.pointer), y, sum);
    at.checkLargest(axpby_max_abs(at.n, alpha, x.pointer, beta, z.pointer), z, other);
    at.checkVectors([x, x.values], [y, sum], [z, other]);
  });
});

test("axpby_dot() and axpby_max_abs() do not read what they overwrite where beta is 0", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(2), at = new Case(dtype, 17, chance), x = at.vector();
    const [y, z] = [chance.operand(dtype, 1, at.n), chance.operand(dtype, 1, at.n)]; // of NaN
    ok(Number.isFinite(at.family.axpby_dot(at.n, 1, x.pointer, 0, y.pointer)), "a sum");
    ok(Number.isFinite(at.family.axpby_max_abs(at.n, 1, x.pointer, 0, z.pointer)), "a maximum");
    for (const { guarded } of [x, y, z]) equal(isSame(guarded.take(), x.values), true, "as x");
  }
});

test("minres_direction() combines three vectors, the first perhaps in its place", () => {
  forEachCase((at) => {
    const [v, x, y, out] = [at.vector(), at.vector(), at.vector(), at.vector()];
    const [alpha, beta, scale] = [at.scalar(), at.scalar(), at.scalar()];
    const both = at.axpy(beta, y.values, at.axpy(alpha, x.values, v.values));
    const expected = at.scaled(scale, both);
    const given = [alpha, x.pointer, beta, y.pointer, scale] as const;
    const { minres_direction } = at.family;
    at.checkLargest(minres_direction(at.n, v.pointer, ...given, out.pointer), out, expected);
    at.checkLargest(minres_direction(at.n, v.pointer, ...given, v.pointer), v, expected);
    at.checkVectors([v, expected], [x, x.values], [y, y.values], [out, expected]);
  });
});

test("the largest magnitude of a direction is NaN where one is", () => {
  for (const dtype of DTYPES) {
    const { axpby_max_abs, minres_direction } = kernels(dtype), chance = new Chance(3);
    for (const at of [0, 4, 8]) {
      const values = new Float64Array(9).fill(1);
      values[at] = NaN;
      const [x, y] = [values, values].map((given) => chance.operand(dtype, 1, 9, given));
      equal(axpby_max_abs(9, 1, x.pointer, 1, y.pointer), NaN);
      equal(minres_direction(9, x.pointer, 1, y.pointer, 1, y.pointer, 1, x.pointer), NaN);
      for (const { guarded } of [x, y]) guarded.take();
    }
  }
});

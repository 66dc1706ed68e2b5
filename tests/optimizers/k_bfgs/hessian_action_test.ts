import { normal, randomKey, zeros } from "../../../mod.ts";
import { actionOfFactor, actionOfRows } from "../../../src/optimizers/k_bfgs/hessian_action.ts";
import { gradientMoment, inputMoment } from "../../../src/curvature/kronecker_factors.ts";
import { rowsOf } from "../../../src/curvature/statistics/rows.ts";
import { dampedInverse } from "../../../src/linalg/damped_inverse.ts";
import { homogeneous } from "../../../src/ops/matrix.ts";
import { columnMean } from "../../../src/ops/matvec.ts";
import { allNear, equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { identityBound } from "../../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../../_support/twins.ts";
import {
  apply,
  build,
  choleskyFactor,
  combine,
  frobenius,
  identity,
  inverse,
  multiply,
  secondMoment,
  transpose,
} from "../../oracles/matrices.ts";
import { denseInverse, product, vector } from "./_factors.ts";

const WIDTH = 6;
const SAMPLES = 15;
const DAMPING = 0.3;

const withOnes = (rows: number[][]): number[][] => rows.map((row) => [...row, 1]);

test("moments of inputs and gradients blend with what the factor holds", () => {
  for (const dtype of DTYPES) {
    const rows = randomRows(1, SAMPLES, WIDTH), bound = identityBound(dtype);
    using held = tensorOf(rows, dtype);
    using input = zeros([WIDTH + 1, WIDTH + 1], { dtype });
    input.data.fill(NaN);
    inputMoment(rowsOf(homogeneous(held)), SAMPLES, input, { fresh: 1, old: 0 });
    const moment = secondMoment(withOnes(rows));
    allNear(input.data, moment.flat(), bound, "A; NaN in the target is not read");
    inputMoment(rowsOf(homogeneous(held)), SAMPLES, input, { fresh: 0.1, old: 0.9 });
    allNear(input.data, moment.flat(), bound, "an average with itself");
    inputMoment(rowsOf(homogeneous(held)), SAMPLES, input, { fresh: 0.5, old: 2 });
    allNear(input.data, moment.flat().map((x) => 2.5 * x), bound, "a blend");
    for (let i = 0; i <= WIDTH; i++) {
      for (let j = 0; j < i; j++) {
        equal(input.data[i * (WIDTH + 1) + j], input.data[j * (WIDTH + 1) + i], "symmetry");
      }
    }
    using output = zeros([WIDTH, WIDTH], { dtype });
    gradientMoment(rowsOf(held), output, { fresh: 1, old: 0 });
    allNear(output.data, secondMoment(rows).flat(), bound, "G");
  }
});

test("the action of the rows is that of their second moment", () => {
  for (const dtype of DTYPES) {
    const rows = randomRows(2, SAMPLES, WIDTH), [s] = randomRows(3, 1, WIDTH + 1);
    const bound = identityBound(dtype);
    const expected = apply(secondMoment(withOnes(rows)), s).map((x, i) => x + DAMPING * s[i]);
    using held = tensorOf(rows, dtype);
    using factor = zeros([WIDTH + 1, WIDTH + 1], { dtype });
    inputMoment(rowsOf(homogeneous(held)), SAMPLES, factor, { fresh: 1, old: 0 });
    const y = vector(new Array(WIDTH + 1).fill(NaN), dtype);
    actionOfFactor(factor, DAMPING, vector(s, dtype), y);
    allNear(y.data, expected, bound, "A s + damping s");
    y.data.fill(NaN);
    using projections = zeros([SAMPLES], { dtype });
    actionOfRows(rowsOf(homogeneous(held)), SAMPLES, DAMPING, vector(s, dtype), y, projections);
    allNear(y.data, expected, bound, "with ones");
    const plain = vector(new Array(WIDTH).fill(NaN), dtype);
    actionOfRows(rowsOf(held), SAMPLES, DAMPING, vector(s.slice(1), dtype), plain, projections);
    const direct = apply(secondMoment(rows), s.slice(1)).map((x, i) => x + DAMPING * s[i + 1]);
    allNear(plain.data, direct, bound, "without ones");
  }
});

test("the exact inverse is a fixed point of the Hessian action", () => {
  const rows = withOnes(randomRows(4, SAMPLES, WIDTH));
  const damped = combine(1, secondMoment(rows), DAMPING, identity(WIDTH + 1));
  const exact = inverse(damped);
  const factor = denseInverse(exact);
  for (const direction of randomRows(5, 10, WIDTH + 1)) {
    const s = product(factor, direction);
    equal(factor.update(vector(s), vector(apply(damped, s))), true);
    allNear(factor.matrix.data, exact.flat(), identityBound("float64"), "H_a");
  }
});

test("with A at rest the Hessian action never moves H_a away from the inverse", () => {
  for (const dtype of DTYPES) {
    const rows = randomRows(6, SAMPLES, WIDTH);
    const damped = combine(1, secondMoment(withOnes(rows)), DAMPING, identity(WIDTH + 1));
    const root = choleskyFactor(damped) ?? [];
    const factor = denseInverse(identity(WIDTH + 1), dtype);
    const distance = (): number => {
      const h = build(WIDTH + 1, WIDTH + 1, (i, j) => factor.matrix.data[i * (WIDTH + 1) + j]);
      const whitened = multiply(multiply(transpose(root), h), root);
      return frobenius(combine(1, whitened, -1, identity(WIDTH + 1)));
    };
    let last = distance();
    const start = last;
    for (const direction of randomRows(7, 60, WIDTH + 1)) {
      const s = product(factor, direction, dtype);
      factor.update(vector(s, dtype), vector(apply(damped, s), dtype));
      const now = distance();
      ok(now <= last + identityBound(dtype), `${now} after ${last}`);
      last = now;
    }
    ok(last < start / 10, `${last} from ${start}`);
  }
});

test("dampedInverse() inverts A + damping I in float64 and rounds once", () => {
  for (const dtype of DTYPES) {
    const rows = randomRows(8, SAMPLES, WIDTH);
    using held = tensorOf(rows, dtype);
    using factor = zeros([WIDTH, WIDTH], { dtype });
    inputMoment(rowsOf(held), SAMPLES, factor, { fresh: 1, old: 0 });
    using out = zeros([WIDTH, WIDTH], { dtype });
    using work = zeros([WIDTH, WIDTH], { dtype: "float64" });
    dampedInverse(factor, DAMPING, out, work);
    const exact = build(WIDTH, WIDTH, (i, j) => factor.data[i * WIDTH + j]);
    const expected = inverse(combine(1, exact, DAMPING, identity(WIDTH)));
    allNear(
      out.data,
      expected.flat(),
      identityBound("float64") + (dtype === "float32" ? 2 ** -24 : 0),
    );
  }
});

test("columnMean() of homogeneous rows ends in a 1", () => {
  for (const dtype of DTYPES) {
    using rows = normal(randomKey(1), [SAMPLES, WIDTH], { dtype });
    using mean = zeros([WIDTH + 1], { dtype });
    columnMean(homogeneous(rows), mean);
    equal(mean.data[WIDTH], 1);
    const expected = Array.from({ length: WIDTH }, (_, j) => {
      let sum = 0;
      for (let n = 0; n < SAMPLES; n++) sum += rows.data[n * WIDTH + j];
      return sum / SAMPLES;
    });
    allNear(mean.data.slice(0, WIDTH), expected, identityBound(dtype));
  }
});

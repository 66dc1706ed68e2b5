// The losses against their definitions, gradients and Hessian products against differences (float64), and float32
// against float64.
import { allNear, equal, near, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import {
  DIFFERENCE_BOUND,
  DIFFERENCE_STEP,
  fewRoundings,
  identityBound,
} from "../../_support/tolerance.ts";
import { ELEMENTWISE_LOSSES, ROW_LOSSES, softmax } from "../../oracles/losses.ts";
import type { DType } from "../../../src/runtime/dtype.ts";
import { kernels } from "../../../src/runtime/instance.ts";
import { onGuarded } from "../elementwise/_run.ts";
import { elementwiseLoss, indexLoss, type Loss, rowLoss } from "./_losses.ts";

const ROWS = 7, CLASSES = 11, N = ROWS * CLASSES;
const PARAMETER = 0.75;
const DTYPES: readonly DType[] = ["float32", "float64"];
const ELEMENTWISE = Object.keys(ELEMENTWISE_LOSSES) as (keyof typeof ELEMENTWISE_LOSSES)[];
const ROW_WISE = Object.keys(ROW_LOSSES) as (keyof typeof ROW_LOSSES)[];

/** Values that both dtypes hold exactly, from -range to range. */
function values(step: number, range: number): Float64Array {
  return Float64Array.from(
    { length: N },
    (_, i) => Math.fround(((i * step) % 97 / 48 - 1) * range),
  );
}

const z = values(31, 3), u = values(17, 1), y = values(53, 0.5).map((v) => v + 0.5);
const index = Float64Array.from({ length: ROWS }, (_, i) => (i * 4) % CLASSES);
const oneHot = Float64Array.from(
  { length: N },
  (_, i) => index[Math.floor(i / CLASSES)] === i % CLASSES ? 1 : 0,
);
const rowsOf = (a: Float64Array): number[][] =>
  Array.from({ length: ROWS }, (_, i) => [...a.subarray(i * CLASSES, (i + 1) * CLASSES)]);

function allLosses(dtype: DType): Loss[] {
  return [
    ...ELEMENTWISE.map((name) => elementwiseLoss(dtype, name, PARAMETER, y)),
    ...ROW_WISE.map((name) => rowLoss(dtype, name, ROWS, y)),
    indexLoss(dtype, "softmax_xent", CLASSES, index),
    indexLoss(dtype, "expected_zero_one", CLASSES, index),
  ];
}

for (const dtype of DTYPES) {
  test(`losses are the sums of their definitions in ${dtype}`, () => {
    const bound = (sum: number): number => fewRoundings(dtype) * Math.max(1, Math.abs(sum));
    for (const name of ELEMENTWISE) {
      const oracle = ELEMENTWISE_LOSSES[name];
      const sum = z.reduce((total, zi, i) => total + oracle(zi, y[i], PARAMETER), 0);
      near(elementwiseLoss(dtype, name, PARAMETER, y).evaluate(z).value, sum, bound(sum), name);
    }
    for (const name of ROW_WISE) {
      const targets = rowsOf(y);
      const sum = rowsOf(z).reduce((total, zi, i) => total + ROW_LOSSES[name](zi, targets[i]), 0);
      near(rowLoss(dtype, name, ROWS, y).evaluate(z).value, sum, bound(sum), name);
    }
  });

  test(`a null gradient pointer gives the same value and writes nothing in ${dtype}`, () => {
    for (const loss of allLosses(dtype)) {
      equal(loss.evaluate(z, false).value, loss.evaluate(z).value, loss.name);
    }
  });

  test(`class indices are one-hot rows in ${dtype}`, () => {
    for (const name of ["softmax_xent", "expected_zero_one"] as const) {
      const sparse = indexLoss(dtype, name, CLASSES, index);
      const dense = rowLoss(dtype, name, ROWS, oneHot);
      equal(sparse.evaluate(z).value, dense.evaluate(z).value, name);
      equal([...sparse.evaluate(z).gradient], [...dense.evaluate(z).gradient], name);
      equal([...sparse.hessian(z, u)], [...dense.hessian(z, u)], name);
    }
  });

  test(`softmax rows are probabilities and their Hessian annihilates constants in ${dtype}`, () => {
    const { output } = onGuarded(
      dtype,
      [z],
      N,
      ([at], out) => kernels(dtype).softmax(ROWS, CLASSES, at, out),
    );
    allNear(output, rowsOf(z).flatMap(softmax), fewRoundings(dtype));
    for (const name of ["softmax_xent", "expected_zero_one"] as const) {
      for (const row of rowsOf(rowLoss(dtype, name, ROWS, y).hessian(z, u))) {
        near(row.reduce((a, b) => a + b), 0, fewRoundings(dtype) * CLASSES, `1'Hu of ${name}`);
      }
      const ofConstant = rowLoss(dtype, name, ROWS, y).hessian(z, new Float64Array(N).fill(1));
      for (const element of ofConstant) near(element, 0, fewRoundings(dtype), `H1 of ${name}`);
    }
  });

  test(`losses stay finite at logits of 10^4 in ${dtype}`, () => {
    const extreme = z.map((_, i) => i % 3 === 0 ? 1e4 : i % 3 === 1 ? -1e4 : 0);
    for (const loss of allLosses(dtype)) {
      if (loss.name.startsWith("poisson")) continue; // e^10000 is what it asks for
      const { value, gradient } = loss.evaluate(extreme);
      const all = [value, ...gradient, ...loss.hessian(extreme, u)];
      ok(all.every(Number.isFinite), `${loss.name}: ${all.join(" ")}`);
    }
  });
}

test("gradients are the differences of the values, Hessian products those of the gradients", () => {
  const moved = (by: number): Float64Array => z.map((zi, i) => zi + by * u[i]);
  const [up, down] = [moved(DIFFERENCE_STEP), moved(-DIFFERENCE_STEP)];
  for (const loss of allLosses("float64")) {
    const [above, below] = [loss.evaluate(up), loss.evaluate(down)];
    const slope = loss.evaluate(z).gradient.reduce((sum, gi, i) => sum + gi * u[i], 0);
    const difference = (above.value - below.value) / (2 * DIFFERENCE_STEP);
    near(slope, difference, DIFFERENCE_BOUND * Math.max(1, Math.abs(slope)), loss.name);
    loss.hessian(z, u).forEach((actual, i) => {
      const expected = (above.gradient[i] - below.gradient[i]) / (2 * DIFFERENCE_STEP);
      near(actual, expected, DIFFERENCE_BOUND, `${loss.name} Hu[${i}]`);
    });
  }
});

test("float32 losses are those of float64, rounded", () => {
  const exact = allLosses("float64"), bound = identityBound("float32");
  allLosses("float32").forEach((loss, which) => {
    allNear(loss.evaluate(z).gradient, exact[which].evaluate(z).gradient, bound, loss.name);
    allNear(loss.hessian(z, u), exact[which].hessian(z, u), bound, loss.name);
  });
});

test("a class of weight 0 may have the logit -inf", () => {
  const { value, gradient } = indexLoss("float64", "softmax_xent", 3, [1]).evaluate([
    -Infinity,
    0,
    0,
  ]);
  near(value, Math.LN2, fewRoundings("float64"));
  equal([...gradient], [0, -0.5, 0.5]);
});

// Closed forms of mean projected Hessians beside eigendecompositions of every sample's.
import { Tensor } from "../../mod.ts";
import { allNear, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { RECURSION_BOUND } from "../_support/tolerance.ts";
import { DTYPES, LOSS_CASES, randomRows, tensorOf } from "../_support/twins.ts";
import { MODES, outputHessian, projectMatrix } from "../oracles/positive_curvature.ts";

const OUTPUTS = 4;
const BATCH_SIZES = [1, 7];
const SEQUENCES = 3;
/** Residuals of Welsch's loss on both sides of 1, where it begins to bend downwards. */
const SCALE = 1.5;

for (const [name, { loss, oracle, targets }] of Object.entries(LOSS_CASES)) {
  if (!loss.meanHessian) continue;
  test(`${name}: meanHessian() is the mean of the samples' projected Hessians`, () => {
    for (const dtype of DTYPES) {
      for (const batchSize of BATCH_SIZES) {
        const z = randomRows(1, batchSize, OUTPUTS).map((row) => row.map((x) => SCALE * x));
        const { given, dense } = targets(2, batchSize, OUTPUTS);
        using output = tensorOf(z, dtype);
        using target = tensorOf(given as number[][], dtype);
        using work = new Tensor(dtype, output.shape);
        using out = new Tensor(dtype, [OUTPUTS, OUTPUTS]);
        for (const mode of MODES) {
          loss.meanHessian?.(output, target, mode, work, out);
          const each = z.map((row, n) => projectMatrix(outputHessian(oracle, row, dense[n]), mode));
          const expected = each[0].flatMap((row, i) =>
            row.map((_, j) => each.reduce((sum, h) => sum + h[i][j], 0) / batchSize)
          );
          allNear(out.data, expected, RECURSION_BOUND[dtype], `${mode}, ${batchSize}, ${dtype}`);
        }
        throws(
          () => loss.meanHessian?.(output, target, "abs", out, out),
          TypeError,
          /outputs have/,
        );
        throws(() => loss.meanHessian?.(output, target, "abs", work, work), TypeError, /\(4, 4\)/);
      }
    }
  });
}

test("the expected zero-one loss, which has no closed form, is among the projected", () => {
  ok(!LOSS_CASES.zeroOneIndices.loss.meanHessian, "no closed form");
});

test("the mean Hessian of several choices for each sample is that of each, and zero between them", () => {
  const [choices, classes] = [2, 3];
  const { loss } = LOSS_CASES.softmaxIndices;
  for (const dtype of DTYPES) {
    using output = tensorOf(randomRows(1, SEQUENCES, choices * classes), dtype);
    using target = tensorOf([[0, 1], [2, 1], [0, 0]], dtype);
    const z = output.view([SEQUENCES, choices, classes]), width = choices * classes;
    using work = new Tensor(dtype, z.shape);
    using out = new Tensor(dtype, [width, width]);
    loss.meanHessian?.(z, target, "clip", work, out);
    using unit = new Tensor(dtype, z.shape);
    using column = new Tensor(dtype, z.shape);
    for (let k = 0; k < width; k++) {
      unit.data.forEach((_, i) => unit.data[i] = i % width === k ? 1 : 0);
      loss.hessianProduct(z, target, unit, column);
      const mean = Array.from({ length: width }, (_, j) => {
        let sum = 0;
        for (let n = 0; n < SEQUENCES; n++) sum += column.data[n * width + j];
        return sum / SEQUENCES;
      });
      allNear(out.data.subarray(k * width, (k + 1) * width), mean, RECURSION_BOUND[dtype]);
    }
  }
});

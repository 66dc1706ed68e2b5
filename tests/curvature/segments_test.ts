import {
  conv2d,
  dense,
  flatten,
  lastStep,
  lstm,
  maxPool2d,
  randomKey,
  segments,
  sequential,
} from "../../mod.ts";
import { softmaxCrossEntropy, squaredError, tanh, Tensor, tensor } from "../../mod.ts";
import type { SegmentMatrices, SegmentOptions } from "../../mod.ts";
import { gemm } from "../../src/ops/gemm.ts";
import { matrix } from "../../src/ops/matrix.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import * as m from "../oracles/matrices.ts";
import { empiricalMatrix, exactMatrix, NETS, STRATEGIES, withBatch } from "./_segments.ts";

function dispose(given: readonly SegmentMatrices[]): void {
  for (const { matrices } of given) matrices.dispose();
}

/** Compares every segment with the block of a full matrix, and the parameters covered with all of them. */
function compare(
  given: readonly SegmentMatrices[],
  full: number[][],
  bound: number,
  what: string,
): void {
  const covered: number[] = [];
  const largest = full.reduce((most, row, i) => Math.max(most, row[i]), 0);
  for (const { site, indices, matrices } of given) {
    const size = indices[0].length;
    equal(matrices.shape, [indices.length, size, size], `${what}, ${site}`);
    const expected = indices.flatMap((rows) => rows.flatMap((i) => rows.map((j) => full[i][j])));
    allNear([...matrices.data, largest], [...expected, largest], bound, `${what}, ${site}`);
    covered.push(...indices.flat());
  }
  equal(covered.toSorted((a, b) => a - b), full.map((_, i) => i), `${what}: a partition`);
}

for (const [name, net] of Object.entries(NETS)) {
  for (const [strategy, options] of Object.entries(STRATEGIES)) {
    test(`segments of ${name}, ${strategy}, are blocks of the explicit Fisher matrix`, () => {
      for (const dtype of DTYPES) {
        for (const batchSize of [1, 37]) {
          withBatch(net, { dtype, batchSize }, (_, lin) => {
            const given = segments(lin, options);
            compare(given, empiricalMatrix(lin), identityBound(dtype), `${dtype}, B ${batchSize}`);
            dispose(given);
          });
        }
      }
    });
  }
  test(`segments of ${name} of the exact Fisher matrix are blocks of the Gauss-Newton matrix`, () => {
    for (const options of [{}, STRATEGIES["chunks of 5"]]) {
      withBatch(net, { dtype: "float64", batchSize: 4 }, (_, lin) => {
        const given = segments(lin, { ...options, fisher: "exact" });
        compare(given, exactMatrix(lin), identityBound("float64"), name);
        dispose(given);
      });
    }
  });
  test(`permuting the samples of ${name} leaves segments as they are, but for rounding`, () => {
    const batchSize = 21, order = Array.from({ length: batchSize }, (_, n) => n * 8 % batchSize);
    withBatch(net, { dtype: "float64", batchSize }, (_, lin) => {
      const given = segments(lin);
      withBatch(net, { dtype: "float64", batchSize, order }, (_, permuted) => {
        const again = segments(permuted);
        for (const [i, { matrices }] of given.entries()) {
          allNear(again[i].matrices.data, matrices.data, identityBound("float64"), name);
        }
        dispose(again);
      });
      dispose(given);
    });
  });
}

test("segments with sampled targets are those of the gradients of these targets", () => {
  withBatch(NETS.convolution, { dtype: "float64", batchSize: 6 }, (model, lin) => {
    const key = randomKey(5);
    const given = segments(lin, { fisher: "sampled", key });
    const loss = lin.lossFunction;
    using target = loss.sample!(lin.output, key);
    using copied = new Tensor("float64", target.shape);
    copied.data.set(target.data);
    using input = tensorOf(randomRows(1, 6, 50), "float64");
    using other = model.linearize(loss, { input: input.view([6, 5, 5, 2]), target: copied });
    compare(given, empiricalMatrix(other), identityBound("float64"), "sampled");
    dispose(given);
  });
});

test("the product of squares of cotangents and patches is not the diagonal of a convolution", () => {
  withBatch(NETS.convolution, { dtype: "float64", batchSize: 5 }, (_, lin) => {
    const [weights, ...rest] = segments(lin);
    const [{ inputs, outputGradients, weight }] = lin.sites;
    using unit = tensorOf(m.identity(inputs.columns), "float64");
    using columns = gemm(
      inputs,
      matrix(unit),
      new Tensor("float64", [inputs.rows, inputs.columns]),
    );
    using wrong = new Tensor("float64", weight.shape);
    columns.data.forEach((x, i) => columns.data[i] = x * x);
    using squares = new Tensor("float64", outputGradients.shape);
    outputGradients.data.forEach((x, i) => squares.data[i] = x * x);
    gemm(matrix(squares).T, matrix(columns), wrong, { alpha: 1 / lin.batchSize });
    const diagonal = weights.indices.map(([first], e) => [first, weights.matrices.data[e * 81]]);
    ok(diagonal.some(([at, value]) => Math.abs(wrong.data[at] - value) > value / 2), "differs");
    dispose([weights, ...rest]);
  });
});

test("spatial segments of a dense layer take the cells of each channel together", () => {
  using model = sequential({ input: [4, 4, 2], seed: 1, dtype: "float64" }, [
    conv2d(3, { kernel: 1 }),
    tanh(),
    maxPool2d(2),
    flatten(),
    dense(2),
  ]);
  using input = tensorOf(randomRows(1, 7, 32), "float64");
  using target = tensorOf(randomRows(2, 7, 2), "float64");
  using lin = model.linearize(squaredError(), { input: input.view([7, 4, 4, 2]), target });
  const given = segments(lin, { dense: "spatial", channels: { dense_2: 3 } });
  compare(given, empiricalMatrix(lin), identityBound("float64"), "spatial");
  const [, , cells] = given, { offset } = model.sites[1];
  equal(cells.indices.length, 2 * 3);
  ok(
    cells.indices.some((each) => each.join() === [0, 3, 6, 9].map((i) => offset + i).join()),
    "cells",
  );
  dispose(given);
});

test("chunks follow the order of files", () => {
  withBatch(NETS.convolution, { dtype: "float64", batchSize: 2 }, (model, lin) => {
    const given = segments(lin, { chunks: { size: 9 } });
    const kernels = segments(lin, { conv: "kernel" });
    const sorted = (all: SegmentMatrices): string[] =>
      all.indices.map((indices) => indices.toSorted((a, b) => a - b).join()).slice(0, 10);
    equal(model.sites[0].weight.shape, [5, 19]);
    equal(sorted(given[0]).toSorted(), sorted(kernels[0]).toSorted(), "the first layer's kernels");
    dispose([...given, ...kernels]);
  });
});

const REFUSED: Readonly<Record<string, [SegmentOptions, RegExp]>> = {
  "an unknown strategy": [{ conv: "patch" as "kernel" }, /conv must be/],
  "one of another kind of site": [{ dense: "kernel" as "row" }, /dense must be/],
  "biases that join one of several kernels": [{ bias: "joined" }, /site "conv2d_1"/],
  "a negative threshold": [{ threshold: -1 }, /threshold must be whole/],
  "channels of no site": [{ channels: { dense_9: 2 } }, /not there/],
  "channels that do not divide": [
    { dense: "spatial", channels: { dense_3: 5 } },
    /must divide its 8 inputs/,
  ],
  "chunks of nothing": [{ chunks: { size: 0 } }, /the size of chunks/],
  "another Fisher matrix": [{ fisher: "true" as "exact" }, /fisher must be/],
};

for (const [what, [options, message]] of Object.entries(REFUSED)) {
  test(`segments() refuses ${what}, and says so`, () => {
    withBatch(NETS.convolution, { dtype: "float32", batchSize: 2 }, (_, lin) => {
      throws(() => segments(lin, options), Error, message);
    });
  });
}

test("segments that are too large are refused with their bytes and what takes less", () => {
  using model = sequential({ input: [8000] }, [dense(100)]);
  using input = new Tensor("float32", [1, 8000]);
  input.data.fill(0);
  using target = tensor([3]);
  using lin = model.linearize(softmaxCrossEntropy(), { input, target });
  throws(() => segments(lin, { threshold: 8000 }), RangeError, /25600000000 bytes; a smaller/);
});

test("segments of sequences of unequal lengths are blocks of the explicit Fisher matrix", () => {
  using model = sequential({ input: [4, 2], seed: 1, dtype: "float64" }, [
    lstm(3),
    dense(5),
    tanh(),
    lastStep(),
    dense(2),
  ]);
  using flat = tensorOf(randomRows(1, 6, 8), "float64");
  using target = tensorOf(randomRows(2, 6, 2), "float64");
  const lengths = [4, 1, 3, 2, 4, 1];
  const batch = { input: flat.view([6, 4, 2]), target, lengths };
  using lin = model.linearize(squaredError(), batch);
  for (const [name, options] of Object.entries(STRATEGIES)) {
    const given = segments(lin, options);
    compare(given, empiricalMatrix(lin), identityBound("float64"), name);
    dispose(given);
  }
});

// What curvature methods take from a convolution: A, Z and G with a row for each position.
import { tensor } from "../../mod.ts";
import { inputMoment } from "../../src/curvature/kronecker_factors.ts";
import { rowsOf } from "../../src/curvature/statistics/rows.ts";
import { matrix } from "../../src/ops/matrix.ts";
import { columnMean } from "../../src/ops/matvec.ts";
import { allNear, equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES } from "../_support/twins.ts";
import { multiply, transpose } from "../oracles/matrices.ts";
import { forEachConvnet } from "./_convnets.ts";

test("sites of convolutions have B T rows, and Z = A Wᵀ", () => {
  for (const dtype of DTYPES) {
    forEachConvnet(dtype, ({ lin, what }) => {
      for (const { inputs, outputs, outputGradients, weight, positions, name } of lin.sites) {
        const rows = lin.batchSize * positions, [filters, columns] = weight.shape;
        const where = `${name}, ${what}`;
        equal([inputs.rows, inputs.columns], [rows, columns], where);
        equal([outputs.shape, outputGradients.shape], [[rows, filters], [rows, filters]], where);
        const w = matrix(weight).T.toArray();
        const expected = multiply(inputs.toArray(), w).flat();
        allNear(outputs.data, expected, identityBound(dtype), where);
      }
    });
  }
});

test("a convolution's gradient is Gᵀ A / B; its bias column is T times the mean of G", () => {
  for (const dtype of DTYPES) {
    forEachConvnet(dtype, ({ lin, what }) => {
      using gradient = lin.gradient();
      for (
        const { inputs, outputGradients, weight, positions, offset, hasBias, name } of lin.sites
      ) {
        const [filters, columns] = weight.shape, where = `${name}, ${what}`;
        const block = gradient.data.slice(offset, offset + weight.size);
        const g = matrix(outputGradients).toArray();
        const product = multiply(transpose(g), inputs.toArray()).flat();
        const expected = product.map((x) => x / lin.batchSize);
        allNear(block, expected, identityBound(dtype), where);
        if (!hasBias) continue;
        using mean = tensor(new Float64Array(filters), { dtype });
        columnMean(matrix(outputGradients), mean);
        const biases = Array.from({ length: filters }, (_, o) => block[(o + 1) * columns - 1]);
        const scaled = Array.from(mean.data, (x) => positions * x);
        allNear(biases, scaled, identityBound(dtype), `bias, ${where}`);
      }
    });
  }
});

test("a convolution's factor A has T in its corner and T times the mean patch beside it", () => {
  for (const dtype of DTYPES) {
    forEachConvnet(dtype, ({ lin, what }) => {
      for (const { inputs, weight, positions, hasBias, name } of lin.sites) {
        if (!hasBias) continue;
        const [, columns] = weight.shape, where = `${name}, ${what}`;
        using factor = tensor(new Float64Array(columns * columns), {
          shape: [columns, columns],
          dtype,
        });
        using mean = tensor(new Float64Array(columns), { dtype });
        inputMoment(rowsOf(inputs), lin.batchSize, factor, { fresh: 1, old: 0 });
        columnMean(inputs, mean);
        equal(mean.data[columns - 1], 1, where);
        equal(factor.data[columns * columns - 1], positions, where);
        const last = [...factor.data.slice(-columns)].map((x) => x / positions);
        allNear(last, mean.data, identityBound(dtype), where);
      }
    });
  }
});

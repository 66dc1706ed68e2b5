import {
  conv2d,
  dense,
  flatten,
  type Layer,
  layerNorm,
  lstm,
  sequential,
  squaredError,
  tanh,
  Tensor,
} from "../../../mod.ts";
import { defineLayer } from "../../../layers.ts";
import { squaredGradients } from "../../../src/curvature/statistics/squared_gradients.ts";
import { matrix } from "../../../src/ops/matrix.ts";
import { allNear } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { identityBound } from "../../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../../_support/twins.ts";
import { multiply, transpose } from "../../oracles/matrices.ts";
import { forEachSiteCase } from "./_sites.ts";
import { mixing } from "../../nn/_own.ts";

const NETS: Readonly<Record<string, { input: number[]; layers: () => Layer[] }>> = {
  dense: { input: [4], layers: () => [dense(5), tanh(), dense(3)] },
  conv2d: { input: [4, 4, 1], layers: () => [conv2d(2, { kernel: 2 }), flatten(), dense(3)] },
  lstm: { input: [3, 2], layers: () => [lstm(2), flatten(), dense(3)] },
  layerNorm: { input: [3, 2], layers: () => [layerNorm(), flatten(), dense(3)] },
  "tied weights": {
    input: [3],
    layers: () => [dense(2), tanh(), dense(3, { tiedTo: "dense_1", transpose: true })],
  },
  "a layer of one's own": { input: [3], layers: () => [defineLayer(mixing(3)), dense(3)] },
};

for (const [name, { input: shape, layers }] of Object.entries(NETS)) {
  test(`squaredGradients() of ${name} is the mean of the squares of the samples' gradients`, () => {
    for (const dtype of DTYPES) {
      for (const batchSize of [1, 5]) {
        using model = sequential({ input: shape, seed: 3, dtype }, layers());
        using flat = tensorOf(randomRows(1, batchSize, shape.reduce((a, b) => a * b)), dtype);
        using target = tensorOf(randomRows(2, batchSize, 3), dtype);
        const input = flat.view([batchSize, ...shape]);
        using lin = model.linearize(squaredError(), { input, target });
        using rows = lin.perSampleGradients();
        using out = new Tensor(dtype, [model.parameterCount]);
        squaredGradients(lin, out);
        const expected = Array.from(out.data, (_, p) => {
          let sum = 0;
          for (let n = 0; n < batchSize; n++) sum += rows.data[n * out.size + p] ** 2;
          return sum / batchSize;
        });
        allNear(out.data, expected, identityBound(dtype), `${dtype}, B ${batchSize}`);
      }
    }
  });
}

test("squaredGradients() are means over samples of (Σ_t g aᵀ)², t the positions of the sample", () => {
  forEachSiteCase((lin, dtype, what) => {
    using out = new Tensor(dtype, [lin.parameterCount]);
    squaredGradients(lin, out);
    for (const site of lin.sites) {
      const [g, a] = [matrix(site.outputGradients).toArray(), site.inputs.toArray()];
      const { weight: { size }, offset, firstRow } = site;
      const expected = new Float64Array(size);
      for (let n = 0; n < lin.batchSize; n++) {
        const [own, inputs] = [g, a].map((rows) => rows.slice(firstRow(n), firstRow(n + 1)));
        const gradient = multiply(transpose(own), inputs).flat();
        for (let i = 0; i < size; i++) expected[i] += gradient[i] ** 2 / lin.batchSize;
      }
      allNear(out.data.subarray(offset, offset + size), expected, 2 * identityBound(dtype), what);
    }
  });
});

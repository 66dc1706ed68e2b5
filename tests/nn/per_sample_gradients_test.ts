import {
  concatenation,
  conv2d,
  dense,
  flatten,
  gelu,
  type Layer,
  layerNorm,
  maxPool2d,
  memoryUsage,
  OutOfMemoryError,
  residual,
  sequential,
  squaredError,
  tanh,
} from "../../mod.ts";
import { allNear, equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";

const NETS: Readonly<Record<string, { input: number[]; layers: () => Layer[] }>> = {
  "dense layers": {
    input: [4],
    layers: () => [dense(5), tanh(), dense(4, { bias: false }), gelu(), dense(3)],
  },
  convolutions: {
    input: [5, 4, 2],
    layers: () => [
      conv2d(3, { kernel: 3, padding: "same", stride: 2 }),
      tanh(),
      residual([conv2d(3, { kernel: 2, padding: 1 }), maxPool2d(2, { stride: 1 })]),
      flatten(),
      dense(3),
    ],
  },
  concatenations: {
    input: [4, 3, 2],
    layers: () => [
      concatenation([[], [conv2d(2, { kernel: 3, padding: "same" }), tanh()]]),
      flatten(),
      concatenation([[dense(3), tanh()], [dense(2)]]),
      dense(3),
    ],
  },
  "scales and shifts": {
    input: [2, 3],
    layers: () => [layerNorm({ epsilon: 0.1 }), flatten(), dense(4), layerNorm(), dense(3)],
  },
  "tied weights at each step": {
    input: [2, 3],
    layers: () => [
      dense(4),
      tanh(),
      dense(3, { tiedTo: "dense_1", transpose: true }),
      flatten(),
      dense(3),
    ],
  },
  "tied weights": {
    input: [3],
    layers: () => [dense(4), tanh(), dense(3, { tiedTo: "dense_1", transpose: true })],
  },
};

for (const [name, { input: shape, layers }] of Object.entries(NETS)) {
  test(`perSampleGradients() of ${name} are the gradients of batches of one`, () => {
    const size = shape.reduce((a, b) => a * b);
    for (const dtype of DTYPES) {
      for (const batchSize of [1, 5]) {
        using model = sequential({ input: shape, seed: 3, dtype }, layers());
        const x = randomRows(1, batchSize, size), y = randomRows(2, batchSize, 3);
        using flat = tensorOf(x, dtype);
        using target = tensorOf(y, dtype);
        const input = flat.view([batchSize, ...shape]);
        using lin = model.linearize(squaredError(), { input, target });
        using found = lin.perSampleGradients();
        const p = model.parameterCount;
        equal(found.shape, [batchSize, p]);
        using mean = lin.gradient();
        const bound = identityBound(dtype);
        const columns = Array.from({ length: p }, (_, i) => {
          const column = x.map((_, n) => found.data[n * p + i]);
          return column.reduce((sum, g) => sum + g, 0) / batchSize;
        });
        allNear(columns, mean.data, bound, "their mean");
        for (let n = 0; n < batchSize; n++) {
          using one = model.linearize(squaredError(), {
            input: flat.view([1, ...shape], n * size),
            target: target.view([1, 3], 3 * n),
          });
          using expected = one.gradient();
          allNear(found.data.slice(n * p, (n + 1) * p), expected.data, bound, `${name}, ${n}`);
        }
      }
    }
  });
}

test("perSampleGradients() that do not fit are refused with their bytes, and nothing is taken", () => {
  using model = sequential({ input: [900] }, [dense(1000)]);
  using wide = tensorOf(randomRows(1, 600, 900), "float32");
  using target = tensorOf(randomRows(2, 600, 1000), "float32");
  using lin = model.linearize(squaredError(), { input: wide, target });
  const { liveBytes } = memoryUsage();
  let error: unknown;
  try {
    lin.perSampleGradients();
  } catch (caught) {
    error = caught;
  }
  ok(error instanceof OutOfMemoryError, String(error));
  equal(error.requestedBytes, 4 * 600 * model.parameterCount);
  equal(memoryUsage().liveBytes, liveBytes);
});

import * as api from "../../_support/api.ts";
import {
  dense,
  lastStep,
  memoryUsage,
  type Model,
  relu,
  Scope,
  sequential,
  squaredError,
  type Tensor,
  zeros,
} from "../../../mod.ts";
import { BYTES_KEPT, PASSES_KEPT } from "../../../src/nn/pass/pass_pool.ts";
import { setAllocationFault } from "../../../src/runtime/memory.ts";
import { reclaim } from "../../../src/runtime/reclaim.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { DTYPES } from "../../_support/twins.ts";
import { LAYERS, suited } from "../_layers.ts";
import { mixing } from "../_own.ts";

/** Networks whose samples might meet: every layer, and products deeper and wider than a block of the kernels. */
const NETWORKS: Readonly<Record<string, { layers: () => api.Layer[]; input: readonly number[] }>> =
  {
    ...Object.fromEntries(
      Object.entries(LAYERS).map(([name, { layer, input }]) => [
        name,
        { layers: () => [layer()], input },
      ]),
    ),
    "deep and wide products": { layers: () => [dense(70), api.tanh(), dense(300)], input: [700] },
    "tied weights": {
      layers: () => [dense(4), dense(5, { tiedTo: "dense_1", transpose: true })],
      input: [5],
    },
    "a layer of one's own": { layers: () => [api.defineLayer(mixing(3))], input: [3] },
    "convolutions with strides": {
      layers: () => [api.conv2d(5, { kernel: 3, stride: 2 }), relu(), api.conv2d(3, { kernel: 2 })],
      input: [12, 11, 3],
    },
    "recurrent layers": { layers: () => [api.lstm(19), api.lstm(5), lastStep()], input: [6, 7] },
  };

const SAMPLES = 37;

/** So many samples, from one on. */
function rowsOf(t: Tensor, first: number, count: number): Tensor {
  const { shape: [samples, ...sample], size } = t;
  return t.view([count, ...sample], first * size / samples);
}

/** Outputs of parts of a batch, one after the other. */
function inParts(model: Model, input: Tensor, sizes: readonly number[]): number[] {
  let first = 0;
  return sizes.flatMap((count) => {
    using output = model.predict(rowsOf(input, first, count));
    first += count;
    return [...output.data];
  });
}

for (const [name, { layers, input: shape }] of Object.entries(NETWORKS)) {
  test(`${name}: no bit of a sample's output depends on the samples beside it`, () => {
    for (const dtype of DTYPES) {
      using model = sequential({ input: [...shape], dtype, seed: 3 }, layers());
      using numbers = api.normal(api.randomKey(1), [SAMPLES, ...shape], { dtype });
      const input = suited(numbers, model.layers);
      using whole = model.predict(input);
      for (const sizes of [[1, 36], [8, 8, 8, 13], [5, 31, 1], Array(SAMPLES).fill(1)]) {
        equal(inParts(model, input, sizes), [...whole.data], `${dtype}, ${sizes}`);
      }
    }
  });
}

test("predict() of many large samples takes memory for a part of them", () => {
  const width = 2 ** 16;
  using model = sequential({ input: [width], seed: 1 }, [relu()]);
  using input = api.normal(api.randomKey(1), [75, width]);
  const { liveBytes } = memoryUsage();
  using output = model.predict(input);
  const bytes = memoryUsage().liveBytes - liveBytes - output.data.byteLength;
  ok(bytes < 2 * input.data.byteLength, `${bytes} bytes`);
  ok(output.data.every((value, i) => value === Math.max(0, input.data[i])), "another output");
});

test("predict() gives each part of many sequences its own lengths", () => {
  using model = sequential({ input: [512, 32], seed: 1 }, [relu(), lastStep()]);
  using input = api.uniform(api.randomKey(1), [300, 512, 32]);
  const lengths = Array.from({ length: 300 }, (_, i) => 1 + (i * 37) % 512);
  using output = model.predict(input, { lengths });
  for (const [n, length] of lengths.entries()) {
    const last = (n * 512 + length - 1) * 32;
    equal([...output.data.subarray(n * 32, n * 32 + 32)], [
      ...input.data.subarray(last, last + 32),
    ]);
  }
});

test("buffers of ever new batch sizes are bounded", () => {
  using model = sequential({ input: [4096], seed: 1 }, [relu(), dense(1)]);
  const { liveBytes } = memoryUsage();
  const bound = BYTES_KEPT + 2 ** 24;
  for (let batchSize = 1; batchSize <= 150; batchSize++) {
    using input = zeros([batchSize, 4096]);
    model.predict(input).dispose();
    const kept = memoryUsage().liveBytes - liveBytes - input.data.byteLength;
    ok(kept <= bound, `${kept} bytes after ${batchSize}`);
  }
});

/** Requests for memory in the meantime. */
function requestsOf(body: () => void): number {
  let requests = 0;
  setAllocationFault(() => {
    requests++;
    return false;
  });
  try {
    body();
  } finally {
    setAllocationFault(undefined);
  }
  return requests;
}

test(`${PASSES_KEPT} passes that take turns stay, however large they are`, () => {
  using model = sequential({ input: [2 ** 16], seed: 1 }, [relu(), dense(1)]);
  using scope = new Scope();
  const batches = [48, 49].map((count) => ({
    input: scope.own(zeros([count, 2 ** 16])),
    target: scope.own(zeros([count, 1])),
  }));
  const turns = (): void => {
    for (const batch of batches) {
      using before = model.linearize(squaredError(), batch);
      using after = model.linearize(squaredError(), batch);
      ok(before.loss === after.loss, "other losses");
    }
  };
  const { liveBytes } = memoryUsage();
  turns();
  ok(memoryUsage().liveBytes - liveBytes > BYTES_KEPT, "they are not large");
  equal(requestsOf(turns), 0);
});

test("many small passes stay as well", () => {
  using model = sequential({ input: [3], seed: 1 }, [dense(2)]);
  using scope = new Scope();
  const inputs = Array.from({ length: 16 }, (_, i) => scope.own(zeros([1 + i, 3])));
  const outputs = (): void => inputs.forEach((input) => model.predict(input).dispose());
  outputs();
  equal(requestsOf(outputs), inputs.length, "one for each output");
});

/** A model with idle buffers for so many batch sizes, each of which it was asked for once. */
function idleModel(sizes: number): Model {
  const model = sequential({ input: [100], seed: 1 }, [relu(), dense(1)]);
  for (let batchSize = 1; batchSize <= sizes; batchSize++) {
    using input = zeros([batchSize, 100]);
    model.predict(input).dispose();
  }
  return model;
}

/** Makes a tensor while requests fail until so many bytes were given back; what was. */
function givenBackFor(bytes: number): number {
  const { liveBytes } = memoryUsage();
  setAllocationFault(() => memoryUsage().liveBytes > liveBytes - bytes);
  try {
    zeros([1]).dispose();
  } finally {
    setAllocationFault(undefined);
  }
  return liveBytes - memoryUsage().liveBytes;
}

test("a request that would fail is served from idle buffers of any model, the least recently used first", () => {
  while (reclaim()); // what models of other tests keep idle is older still
  using older = idleModel(3);
  using newer = idleModel(3);
  const bytesOf = (model: Model, batchSize: number): boolean => {
    using input = zeros([batchSize, 100]);
    return requestsOf(() => model.predict(input).dispose()) > 1; // more than the output
  };
  ok(givenBackFor(1) > 0, "nothing was given back");
  equal(bytesOf(newer, 1), false, "the newer one");
  equal([3, 2].map((size) => bytesOf(older, size)), [false, false], "used later");
  equal(bytesOf(older, 1), true, "used first");
});

test("buffers in use are not given back, and what cannot be served is refused", () => {
  using model = idleModel(2);
  using input = zeros([5, 100]);
  using target = zeros([5, 1]);
  using lin = model.linearize(squaredError(), { input, target });
  using gradient = lin.gradient();
  let refusal: unknown;
  try {
    givenBackFor(Infinity);
  } catch (error) {
    refusal = error;
  }
  ok(refusal instanceof api.OutOfMemoryError, `${refusal}`);
  using again = lin.gradient();
  equal([...again.data], [...gradient.data]);
});

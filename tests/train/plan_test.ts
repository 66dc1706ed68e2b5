// plan() beside what training takes. The peak is found from all requests for memory, so that every case has its own.
import * as api from "../_support/api.ts";
import { dense, type DType, memoryUsage, type Model, plan, sequential, tanh } from "../../mod.ts";
import { blockBytes } from "../../src/runtime/arena.ts";
import { releaseWorkspace, setAllocationFault } from "../../src/runtime/memory.ts";
import { equal, near, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { IS_DENO } from "../_support/scale.ts";
import { PLAN_SHARE } from "../_support/tolerance.ts";
import { METHODS, NEEDS_DENSE_SITES } from "../optimizers/_methods.ts";
import { LAYERS } from "../nn/_layers.ts";
import { mixing } from "../nn/_own.ts";

/** A network, and the samples of a step. */
interface Case {
  readonly input: readonly number[];
  readonly layers: () => api.Layer[];
  readonly batchSize: number;
  readonly dtype?: DType;
}

const NETWORKS: Readonly<Record<string, Case>> = {
  "dense network": {
    input: [30],
    layers: () => [dense(40), tanh(), dense(20), api.relu(), dense(10)],
    batchSize: 50,
  },
  "network of convolutions": {
    input: [8, 8, 2],
    layers: () => [
      api.conv2d(4, { kernel: 3 }),
      api.relu(),
      api.maxPool2d(2),
      api.flatten(),
      dense(5),
    ],
    batchSize: 20,
  },
  "recurrent network": {
    input: [5, 3],
    layers: () => [api.lstm(8), api.lastStep(), dense(4)],
    batchSize: 16,
    dtype: "float64",
  },
};

/** Layers that few methods take. */
const MIXED: Case = {
  input: [6],
  layers: () => [
    dense(9),
    api.layerNorm(),
    api.dropout(0.2),
    dense(6, { tiedTo: "dense_1", transpose: true }),
    api.defineLayer(mixing(6)),
  ],
  batchSize: 7,
};

/** Sequences of indices. */
const WORDS: Case = {
  input: [6],
  layers: () => [
    api.embedding(11, 4, { paddingIndex: 0 }),
    api.residual([api.rmsNorm(), api.multiHeadAttention({ heads: 2, causal: true })]),
    api.groupNorm(2),
    api.flatten(),
    dense(5),
  ],
  batchSize: 7,
};

function modelOf({ input, layers, dtype = "float32" }: Case): Model {
  return sequential({ input: [...input], seed: 1, dtype }, layers());
}

/** Targets of the outputs' shape, small enough for every method. */
function dataOf({ input, batchSize, layers }: Case, outputs: number): api.Dataset {
  const samples = 3 * batchSize, size = samples * input.reduce((a, b) => a * b);
  const [{ indexCount }] = layers(), divisor = indexCount === undefined ? 11 : 1;
  return api.dataset({
    input: Float64Array.from({ length: size }, (_, i) => ((i * 7) % (indexCount ?? 11)) / divisor),
    target: Float64Array.from({ length: samples * outputs }, (_, i) => ((i * 3) % 5) / 50),
    inputShape: [...input],
    targetShape: [outputs],
  });
}

/** The most bytes that were live at once, without those before; none of them may be left. */
async function peakOf(body: () => Promise<void>): Promise<number> {
  releaseWorkspace();
  const before = memoryUsage().liveBytes;
  let peak = 0;
  setAllocationFault((bytes) => {
    peak = Math.max(peak, memoryUsage().liveBytes + blockBytes(bytes) - before);
    return false;
  });
  try {
    await body();
  } finally {
    setAllocationFault(undefined);
  }
  return peak;
}

/** What training takes. */
function trainedPeak(given: Case, options: Partial<api.TrainOptions> = {}): Promise<number> {
  return peakOf(async () => {
    using model = modelOf(given);
    const data = dataOf(given, model.output[0]);
    const { batchSize } = given;
    const run = { model, loss: api.squaredError(), data, batchSize, epochs: 3, ...options };
    const steps = api.train({ optimizer: api.sgd(), onNonFinite: "skip", ...run });
    for await (const { skipped } of steps) ok(!skipped, `${skipped}`);
  });
}

// What is planned depends on no host: the others look at one network.
for (const [network, given] of Object.entries(NETWORKS).slice(0, IS_DENO ? undefined : 1)) {
  for (const [name, optimizer] of Object.entries(METHODS)) {
    if (network !== "dense network" && NEEDS_DENSE_SITES.has(name)) continue;
    test(`plan() knows what ${name} takes for a ${network}`, async () => {
      const expected = await trainedPeak(given, { optimizer });
      using model = modelOf(given);
      near(plan(model, optimizer, given.batchSize), expected, PLAN_SHARE * expected);
    });
  }
}

for (const [name, { layer, input }] of Object.entries(LAYERS)) {
  test(`plan() knows ${name}`, async () => {
    const given: Case = { input, layers: () => [layer(), api.flatten(), dense(5)], batchSize: 7 };
    const expected = await trainedPeak(given);
    using model = modelOf(given);
    near(plan(model, api.sgd(), 7), expected, PLAN_SHARE * expected);
  });
}

test("plan() knows layers of every form, parts of batches and validation", async () => {
  for (const layers of [MIXED, WORDS]) {
    for (const optimizer of [api.adam(), api.lbfgs(), api.hessianFree({ curvatureChunks: 5 })]) {
      const expected = await trainedPeak(layers, { optimizer });
      using model = modelOf(layers);
      near(plan(model, optimizer, 7), expected, PLAN_SHARE * expected, optimizer.name);
    }
  }
  const given = NETWORKS["dense network"];
  const optimizer = api.levenbergMarquardt({ form: "lsmr", patience: 3 });
  const validation = dataOf({ ...given, batchSize: 40 }, 10);
  const expected = await trainedPeak(given, { optimizer, validation });
  using model = modelOf(given);
  near(plan(model, optimizer, 50, { validationSize: 120 }), expected, PLAN_SHARE * expected);
});

test("plan() takes the loss and the shape of its targets", () => {
  using model = modelOf({ input: [4], layers: () => [dense(64)], batchSize: 1 });
  const loss = api.softmaxCrossEntropy();
  const [weights, indices] = [[64], []].map((targetShape) =>
    plan(model, api.sgd(), 1000, { loss, targetShape })
  );
  // The batch has them, and the linearization its copy.
  equal(weights - indices, 2 * (blockBytes(4 * 64 * 1000) - blockBytes(4 * 1000)));
});

test("plan() rehearses any loss, whatever its numbers mean", () => {
  using model = modelOf(NETWORKS["dense network"]);
  const own = api.defineLoss({
    name: "logarithmic",
    isConvex: false,
    value: (z, y) => Array.from(z).reduce((sum, value, i) => sum + Math.log(y[i] - value), 0),
    gradient: (z, y, g) => z.forEach((value, i) => g[i] = 1 / (value - y[i])),
    hessianProduct: (z, y, u, out) => z.forEach((value, i) => out[i] = u[i] / (y[i] - value)),
  });
  const losses = [api.softmaxCrossEntropy(), api.sigmoidCrossEntropy(), own];
  for (const loss of losses) {
    for (const optimizer of [api.adam(), api.kBfgs(), api.kfac({ fisher: "empirical" })]) {
      ok(plan(model, optimizer, 50, { loss }) > 50 * 4 * 100, `${loss.name}, ${optimizer.name}`);
    }
  }
});

test("plan() makes nothing and changes nothing, however much it plans", () => {
  using model = modelOf({ input: [1000], layers: () => [dense(1000), tanh()], batchSize: 1 });
  const parameters = model.parameters.data.slice(), before = memoryUsage();
  ok(plan(model, api.kBfgs(), 500_000) > 2 * 4 * 500_000 * 1000, "too little");
  equal(memoryUsage(), before);
  equal([...model.parameters.data], [...parameters]);
  equal(model.version, 0);
});

test("plan() refuses what training would refuse, and leaves kernels as they were", () => {
  using model = modelOf(NETWORKS["network of convolutions"]);
  const before = memoryUsage();
  throws(() => plan(model, api.eaCg(), 5), TypeError, /eaCg/);
  throws(() => plan(model, api.sgd(), 0), RangeError, /batchSize/);
  equal(memoryUsage(), before);
  using x = api.tensor([[1, 1], [1, 1]]);
  using product = api.matmul(x, x);
  equal([...product.data], [2, 2, 2, 2]);
});

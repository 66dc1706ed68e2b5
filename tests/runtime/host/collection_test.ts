// What is forgotten without dispose() comes back; what is disposed of, and what the library makes itself, is never left
// to the collector.
import * as api from "../../_support/api.ts";
import {
  dense,
  memoryUsage,
  type Model,
  relu,
  Scope,
  sequential,
  squaredError,
  type Tensor,
  zeros,
} from "../../../mod.ts";
import { releaseWorkspace } from "../../../src/runtime/memory.ts";
import { equal, ok } from "../../_support/assert.ts";
import { collectGarbage } from "../../_support/garbage.ts";
import { test } from "../../_support/harness.ts";
import { randomRows } from "../../_support/twins.ts";
import { DATA_EXAMPLES } from "../../api/_examples/data.ts";
import { LINALG_EXAMPLES } from "../../api/_examples/linalg.ts";
import { NN_EXAMPLES } from "../../api/_examples/nn.ts";
import { OPTIMIZER_EXAMPLES } from "../../api/_examples/optimizers.ts";
import { OWN_EXAMPLES } from "../../api/_examples/own.ts";
import { TENSOR_EXAMPLES } from "../../api/_examples/tensor.ts";
import { TRAIN_EXAMPLES } from "../../api/_examples/train.ts";
import { goodCall } from "../../api/_refusals.ts";
import { METHODS } from "../../optimizers/_methods.ts";

/** What was collected and what is live more, after what the body left behind; warnings that it gave. */
async function left(
  body: () => unknown,
): Promise<{ collected: number; bytes: number; warnings: string[] }> {
  await collectGarbage(); // what others left
  releaseWorkspace();
  const before = memoryUsage();
  const warnings: string[] = [], { warn } = console;
  console.warn = (text: string): void => void warnings.push(text);
  try {
    await body();
    await collectGarbage();
  } finally {
    console.warn = warn;
  }
  releaseWorkspace();
  const after = memoryUsage();
  return {
    collected: after.collectedTensors - before.collectedTensors,
    bytes: after.liveBytes - before.liveBytes,
    warnings,
  };
}

const NOTHING = { collected: 0, bytes: 0, warnings: [] };

function smallModel(): Model {
  return sequential({ input: [3], seed: 1 }, [dense(4), relu(), dense(2)]);
}

function smallData(samples: number): api.Dataset {
  return api.dataset({
    input: randomRows(3, samples, 3).flat(),
    target: randomRows(4, samples, 2).flat(),
    inputShape: [3],
    targetShape: [2],
  });
}

type Case = readonly [name: string, run: () => Promise<unknown>];

/** Fails unless all cases together leave nothing behind, with the name of the first that does. */
async function leaveNothing(cases: readonly Case[]): Promise<void> {
  const together = await left(async () => {
    for (const [, run] of cases) await run();
  });
  if (together.collected === 0 && together.bytes === 0) return;
  for (const [name, run] of cases) equal(await left(run), NOTHING, name);
  throw new Error(`together they left ${together.bytes} bytes, each alone nothing`);
}

test("the library's own work leaves nothing to the collector", async () => {
  const calls = [
    TENSOR_EXAMPLES,
    DATA_EXAMPLES,
    NN_EXAMPLES,
    OWN_EXAMPLES,
    OPTIMIZER_EXAMPLES,
    TRAIN_EXAMPLES,
    LINALG_EXAMPLES,
  ].flatMap((examples) => Object.entries(examples));
  await leaveNothing(calls.map(([label, make]) => [label, () => goodCall(label, make)]));
});

test("training and what follows it leave nothing to the collector", async () => {
  const cases = Object.entries(METHODS).map(([name, optimizer]): Case => [name, async () => {
    using model = smallModel();
    const data = smallData(12);
    const run = { model, loss: squaredError(), optimizer, data, batchSize: 5 };
    const store = api.memoryStore(), checkpoint = { store, every: 1 };
    for await (const _ of api.train({ ...run, epochs: 1, evaluate: { data }, checkpoint }));
    for await (const { step } of api.train({ ...run, epochs: 2, resume: store })) {
      if (step === 3) break;
    }
  }]);
  await leaveNothing(cases);
});

test("a tensor that was forgotten comes back, and one warning for all says what to do", async () => {
  const first = await left(() => {
    for (let i = 1; i <= 20; i++) zeros([i, 10]);
  });
  equal([first.collected, first.bytes], [20, 0]);
  ok(first.warnings.length <= 1, "more than one warning");
  for (const text of first.warnings) ok(/`using`.*Scope/.test(text), text);
  const second = await left(() => void zeros([10]));
  equal(second, { ...NOTHING, collected: 1 });
});

test("a forgotten model, its linearizations and states of optimizers come back", async () => {
  const found = await left(() => {
    const model = smallModel();
    using input = zeros([5, 3]);
    using target = zeros([5, 2]);
    model.predict(input).dispose();
    const lin = model.linearize(squaredError(), { input, target });
    lin.gradient().dispose();
    lin.dispose();
    model.linearize(squaredError(), { input, target });
    const optimizer = api.kBfgs();
    const state = optimizer.init(model);
    optimizer.step(state, { model, loss: squaredError(), batch: { input, target } });
    new Scope().own(zeros([100]));
  });
  ok(found.collected > 0, "nothing was collected");
  equal(found.bytes, 0, "bytes");
});

/** Keeps only what `part` takes of a tensor of sevens; the elements, after others took all memory that came back. */
async function survivorsOf<T>(
  part: (t: Tensor) => T,
  elements: (kept: T) => ArrayLike<number>,
): Promise<number[]> {
  const kept = ((): T => {
    const t = zeros([1000]);
    t.data.fill(7);
    return part(t);
  })();
  await collectGarbage();
  using scope = new Scope();
  for (let i = 0; i < 50; i++) scope.own(zeros([1000]));
  return [...new Set(Array.from(elements(kept)))];
}

test("views and arrays of a tensor keep it", async () => {
  equal(await survivorsOf((t) => t.view([10], 5), ({ data }) => data), [7]);
  equal(await survivorsOf((t) => t.view([10], 5).view([2]), ({ data }) => data), [7]);
  equal(await survivorsOf(({ data }) => data, (data) => data), [7]);
  equal(await survivorsOf((t) => t.view([10]).data, (data) => data), [7]);
});

test("what was disposed of is not taken back a second time", async () => {
  const found = await left(() => {
    for (let i = 0; i < 100; i++) {
      const t = zeros([10]);
      t.view([5]);
      t.dispose();
      t.dispose();
    }
  });
  equal(found, NOTHING);
});

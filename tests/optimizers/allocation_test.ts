import {
  dense,
  dropout,
  embedding,
  flatten,
  groupNorm,
  type Layer,
  layerNorm,
  memoryUsage,
  multiHeadAttention,
  relu,
  residual,
  rmsNorm,
  sequential,
  squaredError,
  tensor,
} from "../../mod.ts";
import { defineLayer } from "../../layers.ts";
import { equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { mixing } from "../nn/_own.ts";
import { FORMS, METHODS } from "./_methods.ts";
import { twinProblem } from "./_problem.ts";

const SETTLED = 3;
const STEPS = 25;

for (const [name, optimizer] of Object.entries(METHODS)) {
  const steps = (checks: boolean): void => {
    using problem = twinProblem({ dtype: "float32" });
    const { model, loss, batches } = problem;
    using state = optimizer.init(model);
    const run = (from: number, to: number): void => {
      for (let step = from; step < to; step++) {
        optimizer.step(state, { model, loss, batch: batches[step % batches.length].batch });
      }
    };
    run(0, SETTLED);
    const settled = memoryUsage();
    run(SETTLED, STEPS);
    if (checks) equal(memoryUsage(), settled);
  };

  test(`${name}: steps take no memory beyond that of the first ${SETTLED}`, () => {
    steps(false); // the kernels' scratch block stays
    const baseline = memoryUsage().liveBytes;
    steps(true);
    equal(memoryUsage().liveBytes, baseline, "live bytes after everything was disposed");
  });
}

/** Layers of every form, three numbers or indices to three numbers. */
const MIXED: Readonly<Record<string, () => Layer[]>> = {
  numbers: () => [
    dense(4),
    layerNorm(),
    dropout(0.2),
    dense(3, { tiedTo: "dense_1", transpose: true }),
    defineLayer(mixing(3)),
  ],
  indices: () => [
    embedding(4, 4),
    residual([rmsNorm(), multiHeadAttention({ heads: 2 })]),
    groupNorm(2),
    flatten(),
    dense(3),
  ],
};

for (const [name, layers] of Object.entries(MIXED)) {
  test(`steps through layers of every form take no memory beyond that of the first, ${name}`, () => {
    for (const { optimizer, method, isPlain } of Object.values(FORMS)) {
      if (method.sites !== "all" || !isPlain) continue;
      using model = sequential({ input: [3], seed: 1 }, layers());
      using input = tensor([[1, 2, 3], [2, 1, 0], [1, 2, 1]]);
      using state = optimizer.init(model);
      const run = (steps: number): void => {
        for (let i = 0; i < steps; i++) {
          optimizer.step(state, { model, loss: squaredError(), batch: { input, target: input } });
        }
      };
      run(SETTLED);
      const { liveBytes } = memoryUsage();
      run(STEPS);
      equal(memoryUsage().liveBytes, liveBytes, optimizer.name);
    }
  });
}

test("init() gives back what it took when its warm start fails", () => {
  for (const [name, { optimizer, method }] of Object.entries(FORMS)) {
    if (!method.warmStarts) continue;
    using problem = twinProblem();
    const { model, loss, batches: [{ batch }] } = problem;
    optimizer.init(model, { loss, warmStart: [batch] }).dispose();
    const before = memoryUsage().liveBytes;
    const failing = {
      *[Symbol.iterator]() {
        yield batch;
        throw new RangeError("Cannot read on");
      },
    };
    let message = "nothing was thrown";
    try {
      optimizer.init(model, { loss, warmStart: failing });
    } catch (error) {
      message = (error as Error).message;
    }
    equal(message, "Cannot read on", name);
    equal(memoryUsage().liveBytes, before, name);
  }
});

test("every method steps a model without parameters, which stays as it is", () => {
  for (const optimizer of Object.values(METHODS)) {
    if (typeof optimizer.options.partition === "number") continue; // there are not so many sites
    using model = sequential({ input: [2] }, [relu()]);
    using input = tensor([[1, 2], [2, 1], [1, 2]]);
    using target = tensor([[1, 1], [1, 1], [1, 1]]);
    using state = optimizer.init(model);
    const report = optimizer.step(state, { model, loss: squaredError(), batch: { input, target } });
    equal([report.loss, report.stepNorm], [0.5, 0], optimizer.name);
  }
});

test("a state counts the bytes that it remembers, and dispose() can be called twice", () => {
  using problem = twinProblem({ dtype: "float64" });
  const { model } = problem;
  const state = METHODS["adam"].init(model);
  equal(state.bytes, 2 * 8 * model.parameterCount);
  state.dispose();
  state.dispose();
});

// Parts of a batch for curvature and for points.
import {
  batchNorm,
  blockHessianFree,
  clone,
  dataset,
  dense,
  hessianFree,
  normal,
  randomKey,
  sequential,
  squaredError,
  tanh,
  train,
} from "../../mod.ts";
import { batchPart, type PartRule, turnsOf } from "../../src/optimizers/hessian_free/batch_part.ts";
import { judge } from "../../src/optimizers/hessian_free/judge.ts";
import { WorkCount } from "../../src/optimizers/hessian_free/work.ts";
import { Trial } from "../../src/optimizers/trial.ts";
import { dot, scale } from "../../src/ops/vector.ts";
import { finish } from "../../src/runtime/parts.ts";
import { equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { DTYPES } from "../_support/twins.ts";
import { twinProblem } from "./_problem.ts";
import { sameSnapshot, snapshot } from "./_snapshot.ts";

const METHODS = [hessianFree, blockHessianFree];

test("parts in turn cover the batch, and of as many parts those for points are never the curvature's", () => {
  using problem = twinProblem({ batchSize: 8 });
  const { model, loss, batches: [{ batch }] } = problem;
  const spanOf = (step: number, option: PartRule["option"], parts: number): number[] => {
    const part = batchPart({ model, loss, batch }, step, { option, parts }, "in-turn");
    const { firstSample = 0, input } = part ?? batch;
    return Array.from({ length: input.shape[0] }, (_, i) => firstSample + i);
  };
  for (const parts of [2, 3, 8]) {
    const seen = new Set<number>();
    for (let step = 0; step < parts; step++) {
      const curvature = spanOf(step, "curvatureChunks", parts);
      const points = spanOf(step, "lineSearchChunks", parts);
      equal(curvature.filter((sample) => points.includes(sample)), []);
      for (const sample of points) seen.add(sample);
    }
    equal(seen.size, 8);
  }
  equal(turnsOf(4, 6), 12);
  equal(turnsOf(1, 3), 3);
  equal(turnsOf(3, 1), 3);
  equal(turnsOf(2 ** 40 + 1, 2 ** 40), Number.MAX_SAFE_INTEGER);
});

test("parts by key are drawn apart, and by the key of the batch alone", () => {
  using problem = twinProblem({ batchSize: 9 });
  const { model, loss, batches: [{ batch }] } = problem;
  const firstOf = (index: number, step: number, option: PartRule["option"]): number => {
    const keyed = { ...batch, key: randomKey(7, 5, index) };
    const part = batchPart({ model, loss, batch: keyed }, step, { option, parts: 4 }, "by-key");
    return part?.firstSample ?? NaN;
  };
  const draws = Array.from({ length: 12 }, (_, index) => {
    equal(firstOf(index, 0, "lineSearchChunks"), firstOf(index, 3, "lineSearchChunks"));
    return [firstOf(index, 0, "curvatureChunks"), firstOf(index, 0, "lineSearchChunks")];
  });
  ok(draws.some(([curvature, points]) => curvature !== points), "not always the same part");
  ok(new Set(draws.map(([, points]) => points)).size > 1, "keys draw different parts");
});

test("the loss of the part that points are looked at with never rises", () => {
  for (const dtype of DTYPES) {
    for (const method of METHODS) {
      for (const parts of [2, 3]) {
        using problem = twinProblem({ dtype, batchSize: 9 });
        const { model, loss, batches: [{ batch }] } = problem;
        const { init, step } = method({
          lineSearchChunks: parts,
          curvatureChunks: parts,
          initialDamping: 1e-4,
        });
        using state = init(model);
        const rule = { option: "lineSearchChunks", parts } as const;
        for (let i = 0; i < 20; i++) {
          const part = batchPart({ model, loss, batch }, i, rule, "in-turn") ?? batch;
          const lossThere = (): number => {
            using lin = model.linearize(loss, part);
            return lin.loss;
          };
          const before = lossThere();
          step(state, { model, loss, batch });
          const after = lossThere();
          ok(after <= before, `step ${i}: ${after} after ${before}`);
        }
      }
    }
  }
});

test("a direction that leads up the batch's slope is no leave for the samples of points to rise", () => {
  using problem = twinProblem();
  const { model, loss, batches: [{ batch }] } = problem;
  using before = clone(model.parameters);
  using lin = model.linearize(loss, batch);
  using gradient = lin.gradient();
  using direction = clone(gradient);
  scale(1e-3, direction);
  const slope = dot(gradient, direction);
  using trial = new Trial({ model, loss, batch }, 0, before);
  const valueAt = (length: number): number => {
    const value = trial.objectiveAt(direction, length);
    trial.takeBack();
    return value;
  };
  // Samples whose objective the whole proposal raises, by less than a hundredth of what the batch's slope says.
  const search = { batch, before: valueAt(1) - slope / 1000 };
  const judged = judge(
    { search, curvature: search },
    trial,
    gradient,
    { direction, scale: 1, promised: -1 },
    1,
    new WorkCount(),
  );
  const { length } = finish("judge", judged);
  ok(valueAt(length) <= search.before, `length ${length}`);
});

test("train() gives steps their parts of every batch", async () => {
  using model = sequential({ input: [3], seed: 1 }, [dense(4), tanh(), dense(2)]);
  using input = normal(randomKey(1), [24, 3]);
  using target = normal(randomKey(2), [24, 2]);
  const data = dataset({
    input: input.data,
    target: target.data,
    inputShape: [3],
    targetShape: [2],
  });
  const optimizer = hessianFree({ lineSearchChunks: 3, curvatureChunks: 2, maxIterations: 5 });
  const run = { model, loss: squaredError(), optimizer, data, batchSize: 12, epochs: 8 };
  const losses: number[] = [];
  for await (const { loss } of train(run)) losses.push(loss);
  equal(losses.length, 16);
  ok(losses[14] + losses[15] < losses[0] + losses[1], "it learns");
});

test("more parts than samples, and parts of samples that meet, are refused before anything changes", () => {
  using problem = twinProblem({ batchSize: 2 });
  const { model, loss, batches: [{ batch }] } = problem;
  using coupled = sequential({ input: [3], seed: 1 }, [dense(4), batchNorm(), dense(2)]);
  using input = normal(randomKey(1), [8, 3]);
  using target = normal(randomKey(2), [8, 2]);
  const meeting = { model: coupled, loss: squaredError(), batch: { input, target } };
  for (const method of METHODS) {
    throws(() => method({ lineSearchChunks: 0.5 }), RangeError, /lineSearchChunks/);
    const { init, step } = method({ lineSearchChunks: 3, preconditioner: "none" });
    using state = init(model);
    const before = snapshot(model, state);
    throws(
      () => step(state, { model, loss, batch }),
      RangeError,
      /3 lineSearchChunks .* 2 samples/,
    );
    sameSnapshot(snapshot(model, state), before, "state");
    using other = init(coupled);
    throws(() => step(other, meeting), TypeError, /lineSearchChunks must not depend/);
  }
});

// Training, metrics, checkpoints.
import * as api from "../../_support/api.ts";
import { type Metric, Scope, tensor } from "../../../mod.ts";
import type { Example, Examples } from "../_example.ts";
import { problem } from "./nn.ts";

const data = () =>
  api.dataset({
    input: [1, 2, 3, 4, 0, 1],
    target: [1, 0, 0, 1, 1, 1],
    inputShape: [2],
    targetShape: [2],
  });

const optimizer = api.sgd({ learningRate: 0.01 });
const loss = api.squaredError();

function metricExample(metric: Metric): Examples {
  return {
    [`Metric.evaluate of ${metric.name}()`]: (scope): Example => ({
      args: [scope.own(tensor([[1, 2], [3, 4]])), scope.own(tensor([[1, 0], [0, 1]]))],
      call: (...args: Parameters<Metric["evaluate"]>) => metric.evaluate(...args),
    }),
  };
}

function run(scope: Scope) {
  const { model } = problem(scope);
  const batches = new api.Batches(3, { batchSize: 2 });
  const state = scope.own(optimizer.init(model));
  return { model, optimizer, loss, batches, data: data(), state };
}

function evaluation(scope: Scope) {
  const metrics = [api.meanSquaredError()], { signal } = new AbortController();
  return [problem(scope).model, loss, data(), { batchSize: 2, metrics, signal }];
}

function everyOption(scope: Scope): api.TrainOptions {
  const { model, state } = run(scope);
  return {
    model,
    loss,
    optimizer,
    data: data(),
    batchSize: 2,
    epochs: 1,
    seed: 1,
    state,
    checkpoint: { store: api.memoryStore(), every: 2, keep: 3 },
    evaluate: { test: data() },
    validation: data(),
    patience: 2,
    restoreBest: true,
    metrics: [api.meanSquaredError()],
    onNonFinite: "skip",
    timeBudgetMs: 1000,
    signal: new AbortController().signal,
  };
}

using saved = new Scope();
const checkpointBytes = await api.checkpoint(run(saved));
const weightBytes = api.save(run(saved).model);

export const TRAIN_EXAMPLES: Examples = {
  "evaluate": (scope) => ({ args: evaluation(scope), call: api.evaluate }),
  "evaluateAsync": (scope) => ({ args: evaluation(scope), call: api.evaluateAsync }),
  ...metricExample(api.accuracy()),
  ...metricExample(api.meanSquaredError()),
  ...metricExample(api.reconstructionError()),
  "plan": (scope) => ({
    args: [problem(scope).model, api.levenbergMarquardt({ patience: 1 }), 5, {
      loss,
      targetShape: [2],
      validationSize: 3,
    }],
    call: api.plan,
  }),
  "train": (scope) => ({ args: [everyOption(scope)], call: api.train }),
  "fit": (scope) => ({ args: [everyOption(scope)], call: api.fit }),
  "train of a run that is judged": (scope) => {
    const { model } = run(scope);
    const judging = api.levenbergMarquardt({ patience: 2 });
    const sets = { data: data(), validation: data() };
    return {
      args: [{ model, loss, optimizer: judging, ...sets, batchSize: 2, epochs: 1 }],
      call: api.train,
    };
  },
  "train of a run that resumes": (scope) => {
    const { model, state: _state, batches: _batches, ...rest } = run(scope);
    return {
      args: [{ ...rest, model, batchSize: 2, epochs: 1, resume: checkpointBytes }],
      call: api.train,
    };
  },
  "checkpoint": (scope) => ({
    args: [{ ...run(scope), validation: data() }],
    call: api.checkpoint,
  }),
  "restore": (scope) => {
    const { state: _state, ...parts } = run(scope);
    return { args: [checkpointBytes, parts], call: api.restore };
  },
  "saveCheckpoint": () => ({
    args: [api.memoryStore(), checkpointBytes, { keep: 2 }],
    call: api.saveCheckpoint,
  }),
  "loadCheckpoint": () => ({ args: [api.memoryStore()], call: api.loadCheckpoint }),
  "CheckpointStore.read of memoryStore()": () => {
    const store = api.memoryStore();
    return { args: ["step-1.safetensors"], call: (name: string) => store.read(name) };
  },
  "CheckpointStore.remove of memoryStore()": () => {
    const store = api.memoryStore();
    return { args: ["step-1.safetensors"], call: (name: string) => store.remove(name) };
  },
  "CheckpointStore.write of memoryStore()": () => {
    const store = api.memoryStore();
    const call = (...args: Parameters<typeof store.write>) => store.write(...args);
    return { args: ["step-1.safetensors", checkpointBytes], call };
  },
  "fileStore": () => ({ args: ["a folder"], call: api.fileStore, failsAnyway: true }),
  "opfsStore": () => ({ args: ["a folder"], call: api.opfsStore, failsAnyway: true }),
  "save": (scope) => ({ args: [problem(scope).model], call: api.save }),
  "load": (scope) => ({ args: [problem(scope).model, weightBytes], call: api.load }),
};

// What layers keep besides parameters: it changes with a step that stands, once, and with nothing else.
import {
  type Batch,
  batchNorm,
  type Dataset,
  dataset,
  dense,
  type DType,
  evaluate,
  kBfgs,
  kfac,
  layerNorm,
  lbfgs,
  type Loss,
  type Model,
  NonFiniteError,
  plan,
  randomKey,
  sequential,
  sgd,
  squaredError,
  tanh,
  train,
} from "../../mod.ts";
import { checkpoint, restore } from "../../checkpoint.ts";
import { allNear, equal, ok, rejects, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { fewRoundings } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import { type Form, FORMS, has } from "../optimizers/_methods.ts";

/** The forms that take samples which meet. */
const TAKING: readonly Form[] = Object.values(FORMS).filter((form) =>
  form.method.sites === "all" && !has(form, "needsIndependence")
);

const MOMENTUM = 0.25;
const LOSS = squaredError();

const make = (dtype: DType, seed = 1): Model =>
  sequential({ input: [3], seed, dtype }, [
    dense(4),
    batchNorm({ momentum: MOMENTUM }),
    tanh(),
    dense(2),
  ]);

const DATA: Dataset = dataset({
  input: randomRows(1, 24, 3).flat(),
  target: randomRows(2, 24, 2).flat(),
  inputShape: [3],
  targetShape: [2],
});

const kept = (model: Model): number[][] => model.state.map(({ value }) => [...value.data]);

function batchOf(dtype: DType): Batch & Disposable {
  const input = tensorOf(randomRows(3, 8, 3), dtype), target = tensorOf(randomRows(4, 8, 2), dtype);
  return {
    input,
    target,
    [Symbol.dispose]: () => {
      input.dispose();
      target.dispose();
    },
  } as Batch & Disposable;
}

const plain = ({ input, target }: Batch): Batch => ({ input, target });

/** What the state becomes after the statistics of the first site's outputs. */
function expected(model: Model, batch: Batch): number[][] {
  using lin = model.linearize(LOSS, plain(batch));
  const z = [...lin.sites[0].outputs.data], rows = z.length / 4;
  const means = [0, 1, 2, 3].map((c) =>
    z.filter((_, i) => i % 4 === c).reduce((sum, v) => sum + v, 0) / rows
  );
  const variances = means.map((mean, c) =>
    z.filter((_, i) => i % 4 === c).reduce((sum, v) => sum + (v - mean) ** 2, 0) / (rows - 1)
  );
  const [mean, variance, [count]] = kept(model);
  const blend = (old: number, fresh: number): number => (1 - MOMENTUM) * old + MOMENTUM * fresh;
  return [
    mean.map((old, c) => blend(old, means[c])),
    variance.map((old, c) => blend(old, variances[c])),
    [count + 1],
  ];
}

for (const [name, form] of Object.entries(FORMS)) {
  if (!TAKING.includes(form)) continue;
  test(`a step of ${name} takes in the statistics of its batch once, those before the step`, () => {
    const { optimizer } = form;
    for (const dtype of DTYPES) {
      using model = make(dtype);
      using batch = batchOf(dtype);
      using state = optimizer.init(model);
      for (let step = 0; step < 3; step++) {
        const before = kept(model), after = expected(model, batch);
        const { accepted = true } = optimizer.step(state, {
          model,
          loss: LOSS,
          batch: plain(batch),
        });
        const bound = 4 * fewRoundings(dtype);
        allNear(kept(model).flat(), (accepted ? after : before).flat(), bound, `${name}, ${dtype}`);
      }
    }
  });
}

test("a step that is taken back leaves what layers keep", () => {
  using model = make("float64");
  using batch = batchOf("float64");
  let rise = 0;
  const rising: Loss = {
    ...LOSS,
    evaluate: (...args) => LOSS.evaluate(...args) + (rise += 1e6),
  };
  using state = lbfgs().init(model);
  const before = kept(model), parameters = [...model.parameters.data];
  const { accepted } = lbfgs().step(state, { model, loss: rising, batch: plain(batch) });
  equal([accepted, kept(model)], [false, before]);
  equal([...model.parameters.data], parameters);
});

test("a step that fails leaves what layers keep, at whatever point it does", () => {
  for (const dtype of DTYPES) {
    using model = make(dtype);
    using batch = batchOf(dtype);
    const problem = { model, loss: LOSS, batch: plain(batch) };
    const optimizer = sgd({ learningRate: 1e300, weightDecay: 1e300 });
    using state = optimizer.init(model);
    const before = kept(model);
    throws(() => optimizer.step(state, problem), NonFiniteError, /new parameters/);
    equal(kept(model), before);
    using sound = sgd().init(model);
    sgd().step(sound, problem);
    equal(kept(model)[2], [1]);
  }
});

test("what layers keep is named where it is not finite, and where it would become so", () => {
  using model = make("float32");
  using batch = batchOf("float32");
  using state = sgd().init(model);
  const step = () => sgd().step(state, { model, loss: LOSS, batch: plain(batch) });
  model.state[1].value.data[2] = NaN;
  throws(step, NonFiniteError, /"1\.running_var" of the model/);
  model.state[1].value.data[2] = 1;
  model.sites[0].weight.data.fill(0);
  model.sites[0].weight.data[0] = 1e30;
  model.parametersChanged();
  const before = kept(model);
  throws(step, NonFiniteError, /the next "1\.running_var"/);
  equal(kept(model), before);
});

test("a step on a batch that says so goes by the running statistics, and leaves them", () => {
  using model = make("float64");
  using batch = batchOf("float64");
  using state = sgd().init(model);
  const step = (isTraining: boolean): number =>
    sgd().step(state, { model, loss: LOSS, batch: { ...plain(batch), isTraining } }).loss;
  step(true);
  using lin = model.linearize(LOSS, plain(batch));
  const { loss } = lin, before = kept(model);
  equal([step(false), kept(model)], [loss, before]);
});

test("evaluation, prediction and linearizations leave what layers keep", () => {
  using model = make("float32");
  using batch = batchOf("float32");
  const before = kept(model);
  evaluate(model, LOSS, DATA);
  using _output = model.predict(batch.input);
  using lin = model.linearize(LOSS, { ...plain(batch), key: randomKey(1) });
  lin.prepareState();
  equal(kept(model), before);
  const { version } = model;
  model.commitState();
  equal(kept(model)[2], [1]);
  equal(model.version, version + 1);
  model.commitState();
  equal(kept(model)[2], [1]);
});

test("a run cut anywhere goes on with the running statistics, to the bit", async () => {
  for (const dtype of DTYPES) {
    for (const form of TAKING) {
      if (!form.isPlain) continue;
      const { optimizer } = form;
      const run = { loss: LOSS, optimizer, data: DATA, batchSize: 6, epochs: 3 };
      using whole = make(dtype);
      let bytes: Uint8Array | undefined;
      for await (const { step, state } of train({ ...run, model: whole })) {
        if (step === 5) bytes = await checkpoint({ model: whole, optimizer, state });
      }
      using other = make(dtype, 7);
      using batch = batchOf(dtype);
      using restored = await restore(bytes!, { model: other, optimizer });
      using model = make(dtype);
      using twin = await restore(bytes!, { model, optimizer });
      equal(kept(other)[2], [5]);
      for (let i = 0; i < 3; i++) {
        optimizer.step(restored, { model: other, loss: LOSS, batch: plain(batch) });
        optimizer.step(twin, { model, loss: LOSS, batch: plain(batch) });
      }
      equal(kept(other), kept(model));
      equal([...other.parameters.data], [...model.parameters.data]);
      equal(kept(whole)[2], [12]);
    }
  }
});

test("a checkpoint with the state of other layers is refused by name, and nothing changes", async () => {
  const like = (layer: () => ReturnType<typeof batchNorm>): Model =>
    sequential({ input: [3] }, [dense(4), layer(), dense(2)]);
  using model = like(() => batchNorm());
  using other = like(() => layerNorm());
  using state = sgd().init(model);
  using otherState = sgd().init(other);
  const bytes = await checkpoint({ model, optimizer: sgd(), state });
  const before = kept(model);
  const foreign = await checkpoint({ model: other, optimizer: sgd(), state: otherState });
  await rejects(() => restore(foreign, { model, optimizer: sgd() }), TypeError, /layerNorm/);
  await rejects(() => restore(bytes, { model: other, optimizer: sgd() }), TypeError, /batchNorm/);
  equal(kept(model), before);
});

test("the best parameters come back with what layers kept then", async () => {
  using model = make("float64");
  const validation = DATA;
  const run = { loss: LOSS, optimizer: sgd({ learningRate: 3 }), batchSize: 6, epochs: 8 };
  const options = { ...run, model, data: DATA, validation, restoreBest: true };
  let best = Infinity, then: number[][] = [];
  for await (const { validationLoss = Infinity, ending } of train(options)) {
    if (validationLoss >= best || ending) continue;
    best = validationLoss;
    then = kept(model);
  }
  ok(then[2][0] < 32, "a later epoch was worse");
  equal(kept(model), then);
  equal(evaluate(model, LOSS, DATA, { batchSize: 6 }).loss, best);
});

test("a warm start is one of training, though nothing is drawn", () => {
  using model = sequential({ input: [3], seed: 1 }, [dense(4), dense(2)]);
  using batch = batchOf("float32");
  const seen: unknown[] = [];
  const { linearize, visitInputs } = model;
  model.linearize = (loss, given) => {
    seen.push([given.isTraining, given.key]);
    return linearize.call(model, loss, given);
  };
  model.visitInputs = (input, visit, options) => {
    seen.push(options?.isTraining);
    visitInputs.call(model, input, visit, options);
  };
  for (const [optimizer, look] of [[kBfgs(), true], [kfac(), [true, undefined]]] as const) {
    using _state = optimizer.init(model, { loss: LOSS, warmStart: [plain(batch)] });
    equal(seen.splice(0), [look], optimizer.name);
  }
});

test("plan() counts what layers keep", () => {
  using kernel = make("float32");
  using without = sequential({ input: [3] }, [dense(4), layerNorm(), tanh(), dense(2)]);
  ok(plan(kernel, sgd(), 8) > plan(without, sgd(), 8), "running statistics");
});

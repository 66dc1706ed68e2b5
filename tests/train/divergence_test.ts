// What an error of a run that diverges says.
import {
  adam,
  type Dataset,
  dataset,
  dense,
  hessianFree,
  kBfgs,
  kfac,
  levenbergMarquardt,
  NonFiniteError,
  type Optimizer,
  sequential,
  sgd,
  squaredError,
  train,
  type TrainOptions,
  type TrainProgress,
} from "../../mod.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const DATA = dataset({
  input: [1, 2, 3, 4],
  target: [2, 4, 6, 8],
  inputShape: [1],
  targetShape: [1],
});

/** An optimizer that meets NaN in a step. */
function failing(inner: Optimizer, at: number): Optimizer {
  return {
    ...inner,
    step: (state, problem) => {
      if (state.step === at) throw new NonFiniteError("take a step", `site "dense", outputs`, at);
      return inner.step(state, problem);
    },
  };
}

/** The reports of a run until it fails, and its error. */
async function outcome(
  optimizer: Optimizer,
  more: Partial<TrainOptions> = {},
): Promise<{ reports: TrainProgress[]; error: NonFiniteError | undefined }> {
  using model = sequential({ input: [1], seed: 1 }, [dense(1)]);
  const run = { model, loss: squaredError(), optimizer, data: DATA, batchSize: 2, epochs: 50 };
  const reports: TrainProgress[] = [];
  try {
    for await (const progress of train({ ...run, ...more })) reports.push(progress);
    return { reports, error: undefined };
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    return { reports, error };
  }
}

test("a diverging run says the step, the loss before it and what to lower", async () => {
  const { reports, error } = await outcome(sgd({ learningRate: 10 }));
  const last = reports[reports.length - 1];
  ok(last.step > 2 && last.step < 100, `step ${last.step}`);
  equal([error?.step, error?.lossBefore, error?.isInData], [last.step, last.loss, false]);
  equal(error?.advice, ["lower learningRate (10)", 'pass over such steps by onNonFinite: "skip"']);
  const { message, where, cause } = error as NonFiniteError;
  equal(
    message,
    `Cannot take step ${
      last.step + 1
    } of 100 after a loss of ${last.loss}: ${where} is not finite; ` +
      `lower learningRate (10) or pass over such steps by onNonFinite: "skip"`,
  );
  ok(cause instanceof NonFiniteError, "the error itself is the cause");
});

const ADVICE: readonly [Optimizer, readonly string[]][] = [
  [sgd({ learningRate: () => 1 }), ["lower learningRate"]],
  [adam({ learningRate: 0.5 }), ["lower learningRate (0.5)"]],
  [
    kBfgs({ learningRate: 0.2, damping: 0.4 }),
    ["raise damping (0.4)", "lower learningRate (0.2)", "lower maximumIncrease"],
  ],
  [kfac({ learningRate: 2, damping: 5 }), ["raise damping (5)", "lower learningRate (2)"]],
  [hessianFree({ initialDamping: 3 }), ["raise initialDamping (3)"]],
  [levenbergMarquardt({ initialDamping: 2 }), ["raise initialDamping (2)"]],
  [{ ...sgd(), options: undefined } as unknown as Optimizer, []],
];

test("what it advises is what the optimizer has", async () => {
  for (const [optimizer, advice] of ADVICE) {
    const { error } = await outcome(failing(optimizer, 1));
    equal(error?.advice.slice(0, -1), advice, optimizer.name);
  }
});

test("in the first step there is no loss before", async () => {
  const { error } = await outcome(failing(sgd(), 0));
  equal([error?.step, error?.lossBefore], [0, undefined]);
  ok(/^Cannot take step 1 of 100: site/.test(error?.message ?? ""), error?.message ?? "");
});

test("a step that is skipped has the same error without that advice, and the loss of the one before", async () => {
  const poisoned: Dataset = {
    ...DATA,
    fill: (rows, input, target) => {
      DATA.fill(rows, input, target);
      if (rows[0] === 1) input.data[0] = NaN;
    },
  };
  const { reports, error } = await outcome(sgd(), { data: poisoned, onNonFinite: "skip" });
  equal(error, undefined);
  const skipped = reports.filter((report) => report.skipped);
  ok(skipped.length > 1, "nothing was skipped");
  for (const { step, skipped: told } of skipped) {
    const before = reports.slice(0, step - 1).findLast(({ report }) => report);
    equal([told?.isInData, told?.advice], [true, ["correct the sample"]]);
    equal(told?.lossBefore, before?.loss);
  }
});

test("an evaluation that meets NaN says the same, and the set", async () => {
  const evaluated = (input: number): Dataset => ({
    ...DATA,
    fill: (rows, into, target) => {
      DATA.fill(rows, into, target);
      into.data.fill(input);
    },
  });
  const { reports, error } = await outcome(sgd({ learningRate: 0.01 }), {
    evaluate: { test: evaluated(3e38) },
  });
  equal([reports.length, error?.step], [1, 2]);
  ok(/^Cannot evaluate "test" after a loss of [\d.]+: /.test(error?.message ?? ""), `${error}`);
  equal(error?.advice, ["lower learningRate (0.01)"]);
  const bad = await outcome(sgd(), { evaluate: { test: evaluated(NaN) } });
  equal(bad.error?.advice, ["correct the sample"]);
});
